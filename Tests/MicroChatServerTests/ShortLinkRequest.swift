import Foundation
import MicroChatServer
import MicroChatWire
import NIOCore

/// One HTTP answer.
struct HTTPAnswer {
    var status: Int
    var headers: [String: String]
    var body: ByteBuffer
}

extension TestSocket {
    /// Posts a packet and reads the answer.
    func post(_ path: String, _ body: ByteBuffer, headers: [String] = ["Connection: close"]) async throws
        -> HTTPAnswer?
    {
        var request = ByteBuffer(string: "POST \(path) HTTP/1.1\r\n")
        for header in headers + ["Content-Length: \(body.readableBytes)", "Host: 127.0.0.1"] {
            request.writeString(header + "\r\n")
        }
        request.writeString("\r\n")
        request.writeImmutableBuffer(body)
        try await write(request)
        return try await answer()
    }

    func answer() async throws -> HTTPAnswer? {
        try await read { buffer in
            guard let end = buffer.readableBytesView.firstRange(of: Array("\r\n\r\n".utf8)) else {
                return nil
            }
            let length = end.lowerBound - buffer.readerIndex
            guard let text = buffer.getString(at: buffer.readerIndex, length: length) else { return nil }
            let lines = text.components(separatedBy: "\r\n")
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                let parts = line.components(separatedBy: ": ")
                if parts.count == 2 { headers[parts[0].lowercased()] = parts[1] }
            }
            let bodyLength = headers["content-length"].flatMap { Int($0) } ?? 0
            guard buffer.readableBytes >= length + 4 + bodyLength else { return nil }
            buffer.moveReaderIndex(forwardBy: length + 4)
            let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            return buffer.readSlice(length: bodyLength).map {
                HTTPAnswer(status: status, headers: headers, body: $0)
            }
        }
    }
}
