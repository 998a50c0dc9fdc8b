import BotKit
import ContentFiles
import Dispatch
import Foundation
import MicroChatWire
import Store

/// The pictures, voice, video and files of a data folder, what goes out and what came in. When they become too many,
/// what was not wanted for longest goes, but never what still has to be sent.
struct MediaFolder: MediaStore {
    /// More than this is not kept.
    private static let mostBytes: Int64 = 2 << 30
    /// What has not grown for so many seconds will not come in any more.
    private static let comingAge: Int64 = 24 * 3600

    let files: ContentFolder
    private let needed: @Sendable () async throws -> Set<String>

    /// - Parameter needed: digests of what has to stay.
    init(_ path: String, needed: @escaping @Sendable () async throws -> Set<String> = { [] }) throws {
        files = try ContentFolder(path: path)
        self.needed = needed
    }

    /// The folder of the bot that has this store.
    ///
    /// - Parameter rules: the files that its rules send.
    init(_ folder: DataFolder, store: Store, rules: RuleMediaFiles = RuleMediaFiles()) throws {
        try self.init(folder.media) { try await store.mediaToSend().union(rules.needed) }
    }

    /// Where the bytes are; nil if they are not there.
    func path(of media: Media) -> String? {
        guard let digest = ContentDigest(hex: media.digest), (try? files.size(of: digest)) != nil else {
            return nil
        }
        return files.path(of: digest)
    }

    /// Copies one of the folder's files to where the owner wants it.
    static func copy(_ path: String, to output: String) throws {
        do {
            try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe).write(
                to: URL(fileURLWithPath: output), options: .atomic)
        } catch {
            throw Failure("cannot write \(output): \(error.localizedDescription)")
        }
    }

    /// Copies a file into the folder, to be sent from there.
    func take(_ path: String, limit: Int64) async throws -> (digest: String, size: Int64) {
        let announced = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64
        try await makeRoom(for: min(announced ?? limit, limit))
        let (digest, size) = try await Self.aside { [files] in try files.copy(path, limit: limit) }
        return (digest.hex, size)
    }

    func read(_ digest: String, at offset: Int64, count: Int) async throws -> [UInt8]? {
        guard let digest = ContentDigest(hex: digest) else { return nil }
        return try await Self.aside { [files] in try files.read(digest, at: offset, count: count) }
    }

    func received(_ media: Media) async throws -> Int64 {
        guard let digest = ContentDigest(hex: media.digest) else { throw ContentError.damaged }
        if try files.size(of: digest) != nil {
            files.touch(digest)
            return media.size
        }
        try await makeRoom(for: media.size)
        return try await Self.aside { [files] in
            let coming = Coming(named: media.digest, in: files)
            let have = try coming.size
            guard have >= media.size else { return have }
            // The last process came as far as the last piece, and no further.
            do {
                try coming.finish(as: digest)
                return media.size
            } catch ContentError.damaged {
                return 0
            }
        }
    }

    func receive(_ piece: [UInt8], at offset: Int64, of media: Media) async throws -> Int64 {
        guard let digest = ContentDigest(hex: media.digest) else { throw ContentError.damaged }
        return try await Self.aside { [files] in
            // Somebody else may have fetched it meanwhile.
            if try files.size(of: digest) != nil { return media.size }
            let coming = Coming(named: media.digest, in: files)
            let have = try coming.append(piece, at: offset)
            if have >= media.size { try coming.finish(as: digest) }
            return have
        }
    }

    private func makeRoom(for size: Int64) async throws {
        let needed = try await needed()
        try await Self.aside { [files] in
            let now = Int64(Date().timeIntervalSince1970)
            try files.removeComing(before: now - Self.comingAge)
            try files.makeRoom(for: size, within: Self.mostBytes, now: now) { needed.contains($0.hex) }
        }
    }

    /// Disks and digests may take their time; the threads that tasks run on are few.
    private static func aside<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result(catching: work)) }
        }
    }
}
