/// A request or an answer of the short link inside a stream of bytes (MicroChat wire protocol, section 2.2).
struct HTTPMessage {
    /// Request or status line.
    var startLine: String
    /// What was sent, chunks joined.
    var body: [UInt8]
    /// Of the body, or of its first chunk, from the message's first byte.
    var bodyOffset: Int
    /// The whole message.
    var length: Int

    private static let headersLimit = 64 << 10

    var isResponse: Bool { startLine.hasPrefix("HTTP/") }

    /// The request's path; nil in an answer.
    var path: Substring? {
        let words = startLine.split(separator: " ")
        return isResponse || words.count < 2 ? nil : words[1]
    }

    /// Whether bytes begin like a message.
    static func begins(_ bytes: ArraySlice<UInt8>) -> Bool {
        ["POST ", "GET ", "HTTP/1."].contains { bytes.starts(with: $0.utf8) }
    }

    /// Reads the message at the start of the bytes.
    ///
    /// - Throws: a fault with an offset from the message's first byte.
    init(_ bytes: ArraySlice<UInt8>) throws(InspectionFault) {
        let blank: [UInt8] = [13, 10, 13, 10]
        guard let end = bytes.prefix(Self.headersLimit).firstRange(of: blank) else {
            throw InspectionFault(offset: bytes.count, text: "expected the empty line that ends HTTP headers")
        }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        startLine = lines.first.map(String.init) ?? ""
        bodyOffset = end.upperBound - bytes.startIndex
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = parts[1].filter { $0 != " " && $0 != "\t" }.lowercased()
        }

        let rest = bytes[end.upperBound...]
        if headers["transfer-encoding"]?.hasSuffix("chunked") == true {
            let (chunks, used) = try Self.chunks(rest, at: bodyOffset)
            (body, length) = (chunks, bodyOffset + used)
            return
        }
        if let text = headers["content-length"] {
            guard let count = Int(text), count >= 0 else {
                throw InspectionFault(offset: 0, text: "expected a number as Content-Length, found '\(text)'")
            }
            guard count <= rest.count else {
                throw InspectionFault(
                    offset: bytes.count,
                    text: "expected \(count - rest.count) more bytes of an HTTP body of \(count)")
            }
            body = Array(rest.prefix(count))
        } else {
            // An answer without a length lasts until the connection ends; a request has no body then.
            body = startLine.hasPrefix("HTTP/") ? Array(rest) : []
        }
        length = bodyOffset + body.count
    }

    private static func chunks(
        _ bytes: ArraySlice<UInt8>, at offset: Int
    ) throws(InspectionFault) -> ([UInt8], Int) {
        var rest = bytes
        var body: [UInt8] = []
        func fault(_ text: String) -> InspectionFault {
            InspectionFault(offset: offset + bytes.count - rest.count, text: text)
        }
        while true {
            guard let end = rest.prefix(1024).firstRange(of: [13, 10]) else {
                throw fault("expected the line that begins an HTTP chunk")
            }
            let digits = rest[..<end.lowerBound].prefix { $0 != UInt8(ascii: ";") }
            guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0 else {
                throw fault("expected the length of an HTTP chunk")
            }
            rest = rest[end.upperBound...]
            if size == 0 { break }
            guard rest.count >= 2, size <= rest.count - 2 else {
                throw fault("expected an HTTP chunk of \(size) bytes")
            }
            body += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
        }
        // Trailers, up to an empty line.
        while let end = rest.prefix(headersLimit).firstRange(of: [13, 10]) {
            let isLast = end.lowerBound == rest.startIndex
            rest = rest[end.upperBound...]
            if isLast { return (body, bytes.count - rest.count) }
        }
        throw fault("expected the empty line that ends HTTP chunks")
    }
}
