import BotKit
import Foundation
import Glibc

/// A call of the stand-in server, which waits for its answer.
struct StandInCall: Sendable {
    let request: HTTP.Request
    private let connection: Int32

    /// Reads a call; nil if it is none.
    init?(readingFrom connection: Int32) {
        self.connection = connection
        var bytes: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        var headEnd: Int?
        while headEnd == nil, bytes.count < 1 << 16 {
            guard Self.readMore(&bytes, connection) else { return nil }
            headEnd = bytes.firstRange(of: end)?.upperBound
        }
        guard let headEnd else { return nil }
        let lines = String(decoding: bytes[..<headEnd], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] =
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        guard (0...4 << 20).contains(length) else { return nil }
        while bytes.count < headEnd + length {
            guard Self.readMore(&bytes, connection) else { return nil }
        }
        request = HTTP.Request(
            String(words[0]), String(words[1]), headers: headers,
            body: Array(bytes[headEnd..<(headEnd + length)]))
    }

    private static func readMore(_ bytes: inout [UInt8], _ connection: Int32) -> Bool {
        var part = [UInt8](repeating: 0, count: 1 << 14)
        let count = unsafe part.withUnsafeMutableBytes {
            unsafe recv(connection, $0.baseAddress, $0.count, 0)
        }
        guard count > 0 else { return false }
        bytes += part.prefix(count)
        return true
    }

    /// Answers, and closes the connection.
    func finish(with answer: HTTP.Answer) {
        let headers = answer.headers.merging(
            ["content-length": "\(answer.body.count)", "connection": "close"]
        ) { $1 }
        let head =
            "HTTP/1.1 \(answer.status) -\r\n"
            + headers.map { "\($0.key): \($0.value)\r\n" }.sorted().joined() + "\r\n"
        let bytes = Array(head.utf8) + answer.body
        unsafe bytes.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let count = unsafe send(
                    connection, bytes.baseAddress?.advanced(by: written), bytes.count - written,
                    Int32(MSG_NOSIGNAL))
                if count <= 0 { break }
                written += count
            }
        }
        Glibc.close(connection)
    }
}
