import Foundation
import Glibc

/// Files for their owner alone, which appear whole or not at all.
enum PrivateBytes {
    struct Failure: Error {
        let reason: String

        init() { reason = unsafe String(cString: strerror(errno)) }
        init(_ reason: String) { self.reason = reason }
    }

    /// More is not read: far above what any rules take.
    private static let maximumLength: UInt64 = 1 << 30

    /// Nil if there is no such file, or none that can be read.
    static func read(_ path: String) -> [UInt8]? {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            attributes[.type] as? FileAttributeType == .typeRegular,
            let size = attributes[.size] as? UInt64, size <= maximumLength
        else { return nil }
        return FileManager.default.contents(atPath: path).map { Array($0) }
    }

    /// Writes beside the file, flushes, and renames over it. Makes the folder if it is not there.
    static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Failure(error.localizedDescription)
        }
        // A name of its own: two programs may write the same file at once.
        let temporary = "\(path).\(UUID().uuidString).new"
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure() }
        defer { close(descriptor) }
        do throws(Failure) {
            try write(bytes, descriptor)
            guard fsync(descriptor) == 0, unsafe rename(temporary, path) == 0 else { throw Failure() }
        } catch {
            unsafe unlink(temporary)
            throw error
        }
    }

    private static func write(_ bytes: [UInt8], _ descriptor: Int32) throws(Failure) {
        var done = 0
        while done < bytes.count {
            let put = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done)
            }
            if put < 0, errno == EINTR { continue }
            guard put > 0 else { throw Failure() }
            done += put
        }
    }

    /// Notes that a file was used.
    static func touch(_ path: String) { unsafe utimensat(AT_FDCWD, path, nil, 0) }

    /// Removes the files that were not used for longest, and what a crash left half written among them.
    static func trim(_ folder: String, to count: Int) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let files = names.filter { $0.hasSuffix(".scan") || $0.hasSuffix(".new") }.map { name in
            let path = "\(folder)/\(name)"
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return (path: path, used: attributes?[.modificationDate] as? Date ?? .distantPast)
        }
        for file in files.sorted(by: { $0.used > $1.used }).dropFirst(count) { unsafe unlink(file.path) }
    }
}
