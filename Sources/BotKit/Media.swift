/// A picture, voice, video or file: what is known of it. Its bytes are in a `MediaStore`.
public struct Media: Hashable, Sendable, Codable {
    /// The file's name, for people. Not a path, and not to be used as one.
    public var name: String
    /// Such as `image/jpeg`.
    public var mimeType: String
    /// How many bytes it has.
    public var size: Int64
    /// The SHA-256 of its bytes, in lower-case hex; empty if the network does not say.
    public var digest: String
    /// How long it plays, in milliseconds; 0 if it does not.
    public var duration: Int
    /// The digest of a small JPEG that shows it; empty if there is none.
    public var thumbnail: String
    /// What the gateway needs to fetch it. Opaque.
    public var source: String

    /// What is known of a picture, voice, video or file.
    public init(
        name: String, mimeType: String, size: Int64, digest: String, duration: Int = 0,
        thumbnail: String = "", source: String = ""
    ) {
        self.name = name
        self.mimeType = mimeType
        self.size = size
        self.digest = digest
        self.duration = duration
        self.thumbnail = thumbnail
        self.source = source
    }
}

extension Content {
    /// The kinds of contents whose bytes are apart.
    public static let mediaKinds = ["image", "voice", "video", "file"]

    /// The picture, voice, video or file that it is; nil if it is something else.
    public var media: Media? {
        switch self {
        case .image(let media), .voice(let media), .video(let media), .file(let media): media
        default: nil
        }
    }
}

/// Where a gateway reads the bytes of what it sends, and puts those of what it fetches. What is there is known by its
/// digest and never changes.
public protocol MediaStore: Sendable {
    /// Some bytes of what is there whole, fewer than `count` only at its end.
    ///
    /// - Returns: nil if it is not there.
    func read(_ digest: String, at offset: Int64, count: Int) async throws -> [UInt8]?

    /// How much of something has come in so far; all of it if it is there.
    func received(_ media: Media) async throws -> Int64

    /// Adds a piece if it begins where what has come in ends. With the last one the whole is checked against its digest
    /// and kept, or thrown away.
    ///
    /// - Returns: how much has come in.
    /// - Throws: also if the whole is not what its digest says.
    func receive(_ piece: [UInt8], at offset: Int64, of media: Media) async throws -> Int64
}
