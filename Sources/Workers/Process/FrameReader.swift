import BotKit
import Foundation

/// Cuts the bytes of a worker into its reports.
struct FrameReader {
    private var frames = Frames()
    private let decoder = JSONDecoder()

    /// Why what a worker says makes no sense.
    struct Garbage: Error {
        let reason: String
    }

    /// Takes bytes in, and gives the reports that are whole by now.
    ///
    /// - Throws: `Garbage` where it is none; then nothing after it can be trusted.
    mutating func take(_ more: some Sequence<UInt8>) throws(Garbage) -> [WorkerMessage.Report] {
        frames.add(more)
        var reports: [WorkerMessage.Report] = []
        while let body = try next() {
            do {
                reports.append(try decoder.decode(WorkerMessage.Report.self, from: body))
            } catch {
                throw Garbage(
                    reason: "it sent something that is no report: \(Self.words(body)): \(Self.words(error))")
            }
        }
        return reports
    }

    private mutating func next() throws(Garbage) -> Data? {
        do throws(Frames.TooLong) {
            return try frames.next()
        } catch {
            throw Garbage(reason: "it sent a frame of \(error.length) bytes, and 4 MiB is the most")
        }
    }

    /// What is wrong with it, for its author.
    private static func words(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, let context): "\(Self.place(context, key)) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            "\(Self.place(context)) \(context.debugDescription)"
        default: "\(error)"
        }
    }

    private static func place(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
        let path = (context.codingPath + [key].compactMap { $0 }).map {
            $0.intValue.map { "\($0)" } ?? $0.stringValue
        }
        return path.isEmpty ? "it" : path.joined(separator: ".")
    }

    private static func words(_ bytes: Data) -> String {
        let text = String(decoding: bytes.prefix(80), as: UTF8.self)
        let plain = text.map { $0.isLetter || $0.isNumber || $0.isPunctuation || $0 == " " ? $0 : "?" }
        return "'\(String(plain))'"
    }
}

extension WorkerMessage.Order {
    /// It as a frame.
    ///
    /// - Throws: if it is too long, or cannot be written.
    func frame() throws -> [UInt8] {
        let body = try JSONEncoder().encode(self)
        guard body.count <= WorkerMessage.maximumLength else {
            throw FrameReader.Garbage(reason: "the invocation has \(body.count) bytes, and 4 MiB is the most")
        }
        return Frames.frame(body)
    }
}
