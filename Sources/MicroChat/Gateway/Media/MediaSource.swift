import BotKit
import MicroChatWire

/// What it takes to fetch something: its digest, and the kind, which the engine keeps as an opaque text.
struct MediaSource {
    let kind: MediaKind
    let digest: [UInt8]

    /// - Returns: nil if the media did not come from a message.
    init?(_ media: Media) {
        guard let kind = MediaKind.allCases.first(where: { $0.download.name == media.source }),
            let digest = Self.bytes(ofHex: media.digest)
        else { return nil }
        self.kind = kind
        self.digest = digest
    }

    /// Reads a digest in lower-case hex.
    static func bytes(ofHex hex: String) -> [UInt8]? {
        let digits = Array(hex.utf8)
        guard digits.count == 2 * MediaLimit.digest else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            let pair = String(decoding: digits[index..<index + 2], as: UTF8.self)
            guard let byte = UInt8(pair, radix: 16), pair.lowercased() == pair, !pair.hasPrefix("+") else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }
}

extension Media {
    /// Reads the element that a message of a kind holds. What does not name bytes that can be fetched is nil.
    init?(_ elements: XMLElements, _ kind: MediaKind) {
        let digest: String?
        let size: String?
        let (name, type, duration): (String?, String?, String?)
        switch kind {
        case .picture, .voice, .video:
            let tags: [MediaKind: String] = [.picture: "img", .voice: "voicemsg", .video: "videomsg"]
            guard let element = tags[kind].flatMap({ elements[$0] }) else { return nil }
            let facts = element.attributes
            (digest, size) = (facts["sha256"], facts["length"])
            (name, type) = (facts["filename"], facts["mimetype"])
            duration = facts["voicelength"] ?? facts["playlength"]
        case .file:
            guard elements["appmsg"] != nil, elements.text("type") == "6" else { return nil }
            (digest, size) = (elements.text("sha256"), elements.text("totallen"))
            (name, type, duration) = (elements.text("title"), elements.text("mimetype"), nil)
        }
        guard let digest, MediaSource.bytes(ofHex: digest) != nil, let size = size.flatMap(Int64.init),
            size > 0
        else { return nil }
        self.init(
            name: name ?? "", mimeType: type ?? "", size: size, digest: digest,
            duration: duration.flatMap { Int($0) }.map { min(max($0, 0), Int(Int32.max)) } ?? 0,
            source: kind.download.name)
    }
}
