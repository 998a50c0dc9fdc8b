import CSystemLibraries.OpenSSL
import CSystemLibraries.Vectorscan
import Foundation
package import Logging
import Synchronization

/// Compiled scanners in a folder, so that a start with unchanged rules compiles nothing.
///
/// A file's name is the SHA-256 of all that decides what is in it. A file that is damaged, or of another version or
/// machine, is made anew; where the folder can't be used, everything is compiled and the log says so once.
package final class ScannerCache: Sendable {
    /// How often something was compiled, and how often that was not needed.
    package struct Uses: Equatable, Sendable {
        package var compiled = 0
        package var taken = 0

        package init(compiled: Int = 0, taken: Int = 0) { (self.compiled, self.taken) = (compiled, taken) }
    }

    /// A load uses up to eight: those of the last few loads.
    package static let filesKept = 32

    private let folder: String
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var uses = Uses()
        var hasComplained = false
    }

    /// - Parameter folder: holds nothing else; made when it is first needed.
    package init(folder: String, logger: Logger) { (self.folder, self.logger) = (folder, logger) }

    package var uses: Uses { state.withLock { $0.uses } }

    /// What `Scanner.compile` gives, from a file if there is one.
    func scanner(_ entries: [Scanner.Entry], _ kind: Scanner.Kind) -> Scanner.Compiled {
        guard !entries.isEmpty, let key = Self.key(entries, kind) else {
            return Scanner.compile(entries, kind)
        }
        let path = "\(folder)/\(key.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()).scan"
        if let bytes = PrivateBytes.read(path), let found = ScannerFile.decode(bytes, key: key) {
            PrivateBytes.touch(path)
            state.withLock { $0.uses.taken += 1 }
            return found
        }
        let compiled = Scanner.compile(entries, kind)
        state.withLock { $0.uses.compiled += 1 }
        guard let bytes = ScannerFile.encode(compiled, key: key) else { return compiled }
        do throws(PrivateBytes.Failure) {
            try PrivateBytes.write(bytes, to: path)
            PrivateBytes.trim(folder, to: Self.filesKept)
        } catch {
            let isFirst = state.withLock { state in
                defer { state.hasComplained = true }
                return !state.hasComplained
            }
            if isFirst {
                logger.warning(
                    "the compiled rules can't be kept, the next start compiles them again",
                    metadata: ["reason": "\(error.reason)"])
            }
        }
        return compiled
    }

    /// Nil if OpenSSL refuses.
    private static func key(_ entries: [Scanner.Entry], _ kind: Scanner.Kind) -> [UInt8]? {
        var bytes = Array("\(ScannerFile.format) \(Scanner.version) \(Scanner.platform) \(kind)\n".utf8)
        for entry in entries {
            // Lengths stand before bytes, so that no two lists of entries are written alike.
            bytes += "\(entry.number) \(Scanner.flags(entry, kind)) \(entry.bytes.count):".utf8
            bytes += entry.bytes
        }
        return ScannerFile.digest(bytes)
    }
}

/// A scanner as bytes: format (8), SHA-256 (32) of the key and of what follows the header, then the count and numbers of
/// the entries that can't be scanned for, 4 bytes each, then Vectorscan's bytes.
enum ScannerFile {
    static let format = "conure01"
    private static let headerLength = 40

    static func encode(_ compiled: Scanner.Compiled, key: [UInt8]) -> [UInt8]? {
        guard let database = compiled.scanner?.serialized else { return nil }
        var body: [UInt8] = []
        for number in [UInt32(clamping: compiled.left.count)] + compiled.left {
            for shift in [0, 8, 16, 24] { body.append(UInt8(truncatingIfNeeded: number >> UInt32(shift))) }
        }
        body += database
        return digest(key + body).map { Array(format.utf8) + $0 + body }
    }

    /// Nil if it is anything but what `encode` gave for this key. Vectorscan sees nothing that fails the checksum.
    static func decode(_ bytes: [UInt8], key: [UInt8]) -> Scanner.Compiled? {
        guard bytes.count >= headerLength + 4, bytes.starts(with: format.utf8) else { return nil }
        let body = Array(bytes[headerLength...])
        guard let digest = digest(key + body), digest.elementsEqual(bytes[8..<headerLength]) else {
            return nil
        }
        func number(at offset: Int) -> UInt32 {
            body[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        let count = Int(number(at: 0))
        guard count <= (body.count - 4) / 4 else { return nil }
        guard let scanner = Scanner(serialized: Array(body[(4 + 4 * count)...])) else { return nil }
        return (scanner, (0..<count).map { number(at: 4 + 4 * $0) })
    }

    /// SHA-256; nil if OpenSSL refuses.
    static func digest(_ bytes: [UInt8]) -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        guard unsafe EVP_Digest(bytes, bytes.count, &digest, &length, EVP_sha256(), nil) == 1, length == 32
        else {
            ERR_clear_error()
            return nil
        }
        return digest
    }
}
