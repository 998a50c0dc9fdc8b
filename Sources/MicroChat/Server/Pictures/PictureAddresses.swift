import Synchronization

/// Where clients find the pictures of people and rooms (docs/protocol-extensions.md).
final class PictureAddresses: Sendable {
    /// What the path of every picture begins with.
    static let pathPrefix = "/mmhead/"

    private let base = Mutex("")

    /// The short link as clients reach it, such as `http://127.0.0.1:8081`.
    func set(base: String) { self.base.withLock { $0 = base } }

    func big(_ digest: String) -> String { address(digest, size: 0) }
    func small(_ digest: String) -> String { address(digest, size: 132) }

    /// The digest in a path; nil if it names no picture.
    static func digest(inPath path: String) -> String? {
        let bare = path.prefix { $0 != "?" && $0 != "#" }
        guard bare.hasPrefix(pathPrefix) else { return nil }
        let parts = bare.dropFirst(pathPrefix.count).split(separator: "/", omittingEmptySubsequences: false)
        guard let digest = parts.first, parts.count <= 2, digest.utf8.count == 64,
            digest.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { return nil }
        return String(digest)
    }

    private func address(_ digest: String, size: Int) -> String {
        digest.isEmpty ? "" : base.withLock { $0 } + Self.pathPrefix + "\(digest)/\(size)"
    }
}
