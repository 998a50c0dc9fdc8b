package import Foundation

/// Cuts bytes into frames: each is 4 bytes of length, the most significant first, and then so many bytes of JSON.
package struct Frames {
    private var bytes: [UInt8] = []
    /// Where the next frame begins.
    private var start = 0

    /// A frame that is longer than any may be.
    package struct TooLong: Error {
        package let length: Int
    }

    package init() {}

    package mutating func add(_ more: some Sequence<UInt8>) {
        // Moved once for many frames.
        if start > 65_536 || start == bytes.count {
            bytes.removeFirst(start)
            start = 0
        }
        bytes += more
    }

    /// What is in the next frame; nil if it is not whole yet.
    package mutating func next() throws(TooLong) -> Data? {
        guard bytes.count - start >= 4 else { return nil }
        let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
        guard length <= WorkerMessage.maximumLength else { throw TooLong(length: length) }
        guard bytes.count - start - 4 >= length else { return nil }
        defer { start += 4 + length }
        return Data(bytes[(start + 4)..<(start + 4 + length)])
    }

    /// A frame of these bytes.
    package static func frame(_ body: Data) -> [UInt8] {
        let length = UInt32(body.count)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + body
    }
}
