import BotKit

/// A file that a rule sends.
package struct RuleMedia: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case image, file, voice, video
    }

    package let kind: Kind
    /// Where it is on the disk.
    package let path: String

    /// What stands for it where nothing is sent: its name, without its bytes.
    var nameOnly: Content {
        let media = Media(
            name: path.split(separator: "/").last.map(String.init) ?? path, mimeType: "", size: 0, digest: "")
        return switch kind {
        case .image: .image(media)
        case .file: .file(media)
        case .voice: .voice(media)
        case .video: .video(media)
        }
    }
}
