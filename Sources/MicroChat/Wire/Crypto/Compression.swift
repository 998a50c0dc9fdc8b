import CSystemLibraries.Zlib

/// zlib (RFC 1950) as bodies use it (MicroChat wire protocol, section 7.2).
package enum Compression {
    /// Refuse to inflate above this, whatever a header says.
    package static let limit = 16 << 20

    /// deflate cannot pack denser than this, so a larger promise is a lie and costs no memory.
    private static let densest = 1032

    /// Compresses for speed, with memory in proportion to the input.
    package static func deflate(_ input: [UInt8]) throws(WireError) -> [UInt8] {
        guard let length = UInt32(exactly: input.count) else { throw .tooLarge }
        // A window larger than the input only costs memory that has to be cleared first.
        let significantBits = Int32(Int.bitWidth - input.count.leadingZeroBitCount)
        let windowBits = min(max(significantBits, 9), 15)
        var stream = unsafe z_stream()
        guard
            unsafe deflateInit2_(
                &stream, 1, Z_DEFLATED, windowBits, max(windowBits - 7, 1), Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { throw .library("deflateInit") }
        defer { unsafe deflateEnd(&stream) }

        var status = Z_STREAM_ERROR
        let capacity = unsafe Int(deflateBound(&stream, UInt(input.count)))
        let output = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            unsafe input.withUnsafeBufferPointer { source in
                unsafe stream.next_in = unsafe UnsafeMutablePointer(mutating: source.baseAddress)
                unsafe stream.avail_in = length
                unsafe stream.next_out = buffer.baseAddress
                unsafe stream.avail_out = UInt32(clamping: capacity)
                status = unsafe CSystemLibraries.deflate(&stream, Z_FINISH)
            }
            count = capacity - Int(unsafe stream.avail_out)
        }
        guard status == Z_STREAM_END else { throw .library("deflate") }
        return output
    }

    /// Inflates one complete stream that must give exactly `length` bytes.
    ///
    /// - Parameter length: the length that the peer announced; checked before memory is reserved for it.
    package static func inflate(_ input: [UInt8], length: Int) throws(WireError) -> [UInt8] {
        guard length >= 0, length <= limit, let available = UInt32(exactly: input.count),
            length / densest <= input.count
        else { throw .compression }
        var stream = unsafe z_stream()
        guard unsafe inflateInit_(&stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .library("inflateInit")
        }
        defer { unsafe inflateEnd(&stream) }

        var status = Z_STREAM_ERROR
        // One byte more than announced shows a stream that gives too much.
        let capacity = length + 1
        let output = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            unsafe input.withUnsafeBufferPointer { source in
                unsafe stream.next_in = unsafe UnsafeMutablePointer(mutating: source.baseAddress)
                unsafe stream.avail_in = available
                unsafe stream.next_out = buffer.baseAddress
                unsafe stream.avail_out = UInt32(clamping: capacity)
                status = unsafe CSystemLibraries.inflate(&stream, Z_FINISH)
            }
            count = capacity - Int(unsafe stream.avail_out)
        }
        guard status == Z_STREAM_END, output.count == length, unsafe stream.avail_in == 0 else {
            throw .compression
        }
        return output
    }
}
