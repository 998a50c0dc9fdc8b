import ContentFiles
import Foundation
import Testing

@Suite
struct `A content folder` {
    private func withFolder(_ body: (ContentFolder, _ path: String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "conure-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: path) }
        try body(try ContentFolder(path: path.path), path.path)
    }

    @Test func `knows a file by the SHA-256 of its bytes`() throws {
        try withFolder { folder, path in
            let original = path + "-original"
            defer { try? FileManager.default.removeItem(atPath: original) }
            try Data("abc".utf8).write(to: URL(fileURLWithPath: original))
            let (digest, size) = try folder.copy(original, limit: 3)
            #expect(digest.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
            #expect(size == 3)
            try FileManager.default.removeItem(atPath: original)
            #expect(try folder.read(digest, at: 1, count: 10) == Array("bc".utf8))
            #expect(try folder.read(digest, at: 3, count: 10) == [])
            let mode = try FileManager.default.attributesOfItem(atPath: folder.path(of: digest))[
                .posixPermissions]
            #expect(mode as? Int == 0o600)
            folder.remove(digest)
            #expect(try folder.read(digest, at: 0, count: 1) == nil)
            #expect(try folder.size(of: digest) == nil)
        }
    }

    @Test func `leaves nothing of what is too large or not there`() throws {
        try withFolder { folder, path in
            let original = path + "-original"
            defer { try? FileManager.default.removeItem(atPath: original) }
            try Data(count: 600_000).write(to: URL(fileURLWithPath: original))
            #expect(throws: ContentError.tooLarge(limit: 599_999)) {
                try folder.copy(original, limit: 599_999)
            }
            #expect(throws: ContentError.self) { try folder.copy(path + "-nothing", limit: 1) }
            #expect(try folder.entries().isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/coming").isEmpty)
        }
    }

    @Test func `takes pieces in order, whichever come`() throws {
        try withFolder { folder, _ in
            let whole = Array("0123456789".utf8)
            let digest = try ContentDigest.of(whole)
            let coming = Coming(named: "../1", in: folder)
            #expect(try coming.size == 0)
            #expect(try coming.append(Array(whole[4..<6]), at: 4) == 0)
            #expect(try coming.append(Array(whole[..<4]), at: 0) == 4)
            #expect(try coming.append(Array(whole[..<4]), at: 0) == 4)
            #expect(try Coming(named: "../1", in: folder).append(Array(whole[4...]), at: 4) == 10)
            try coming.finish(as: digest)
            #expect(try folder.read(digest, at: 0, count: 100) == whole)
        }
    }

    @Test func `keeps nothing that is not what its digest says`() throws {
        try withFolder { folder, _ in
            let digest = try ContentDigest.of(Array("right".utf8))
            let coming = Coming(named: "1", in: folder)
            _ = try coming.append(Array("wrong".utf8), at: 0)
            #expect(throws: ContentError.damaged) { try coming.finish(as: digest) }
            #expect(try folder.size(of: digest) == nil)
            #expect(try coming.size == 0)
        }
    }

    @Test func `makes room by what was not wanted for longest`() throws {
        try withFolder { folder, _ in
            let digests = try (0..<4).map { try folder.keep([UInt8](repeating: $0, count: 100)) }
            let now = Int64(Date().timeIntervalSince1970)
            func there() throws -> [Bool] { try digests.map { try folder.size(of: $0) != nil } }
            // All are of this hour: nobody knows yet whether they are needed.
            try folder.makeRoom(for: 100, within: 300, now: now, isNeeded: { _ in false })
            #expect(try there() == [true, true, true, true])
            for (age, digest) in digests.enumerated() {
                let date = Date(timeIntervalSince1970: Double(now) - 10_000 + Double(age))
                try FileManager.default.setAttributes(
                    [.modificationDate: date], ofItemAtPath: folder.path(of: digest))
            }
            folder.touch(digests[1])
            try folder.makeRoom(for: 100, within: 300, now: now, isNeeded: { $0 == digests[0] })
            #expect(try there() == [true, true, false, false])
            try folder.makeRoom(for: 100, within: 300, now: now, isNeeded: { _ in false })
            #expect(try there() == [true, true, false, false])
        }
    }

    @Test(arguments: ["", "ab", String(repeating: "g", count: 64), String(repeating: "A", count: 64), "../"])
    func `takes no other text for a digest`(text: String) {
        #expect(ContentDigest(hex: text) == nil)
    }
}
