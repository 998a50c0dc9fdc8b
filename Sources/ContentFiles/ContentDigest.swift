import CSystemLibraries.OpenSSL

/// The SHA-256 of some bytes: what files are known by here. Safe to use as a file's name.
package struct ContentDigest: Hashable, Sendable, CustomStringConvertible {
    /// How many bytes it has.
    package static let length = 32

    /// The bytes.
    package let bytes: [UInt8]

    /// - Returns: nil if that is no SHA-256.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.length else { return nil }
        self.bytes = Array(bytes)
    }

    /// Reads 64 lower-case hex digits; nil if it is anything else.
    package init?(hex: String) {
        guard hex.utf8.count == 2 * Self.length else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in hex.utf8 {
            let digit: UInt8
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = character - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        self.bytes = bytes
    }

    /// 64 lower-case hex digits.
    package var hex: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    package var description: String { hex }

    /// The digest of bytes at hand.
    package static func of(_ bytes: [UInt8]) throws(ContentError) -> ContentDigest {
        let hasher = try ContentHasher()
        try hasher.add(bytes)
        return try hasher.finish()
    }
}

/// Makes a digest piece by piece.
@safe final class ContentHasher {
    private let context: OpaquePointer

    init() throws(ContentError) {
        guard let context = unsafe EVP_MD_CTX_new() else { throw .library }
        unsafe self.context = context
        guard unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else { throw Self.failure }
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    func add(_ bytes: some Collection<UInt8>) throws(ContentError) {
        let result = bytes.withContiguousStorageIfAvailable { bytes in
            unsafe EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        }
        guard let result else { return try add(Array(bytes)) }
        guard result == 1 else { throw Self.failure }
    }

    func finish() throws(ContentError) -> ContentDigest {
        var output = [UInt8](repeating: 0, count: ContentDigest.length)
        var length: UInt32 = 0
        guard unsafe EVP_DigestFinal_ex(context, &output, &length) == 1,
            let digest = ContentDigest(bytes: output.prefix(Int(length)))
        else { throw Self.failure }
        return digest
    }

    private static var failure: ContentError {
        ERR_clear_error()
        return .library
    }
}

/// Why files could not be kept.
package enum ContentError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The system says no.
    case file(path: String, reason: String)
    /// It has more bytes than allowed.
    case tooLarge(limit: Int64)
    /// What is there is not what its digest says.
    case damaged
    /// OpenSSL refused an operation that should always work.
    case library

    package var description: String {
        switch self {
        case .file(let path, let reason): "cannot use \(path): \(reason)"
        case .tooLarge(let limit): "it has more than \(limit) bytes"
        case .damaged: "the bytes are not what their digest says"
        case .library: "OpenSSL failed"
        }
    }
}
