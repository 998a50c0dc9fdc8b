/// What can be sent beside text, and how (docs/protocol-extensions.md, "Pictures, voice, video and files").
package enum MediaKind: CaseIterable, Sendable {
    case picture, voice, video, file

    /// The call that takes it to the server.
    package var upload: Call {
        switch self {
        case .picture: .uploadPicture
        case .voice: .uploadVoice
        case .video: .uploadVideo
        case .file: .uploadFile
        }
    }

    /// The call that fetches it.
    package var download: Call {
        switch self {
        case .picture: .downloadPicture
        case .voice: .downloadVoice
        case .video: .downloadVideo
        case .file: .downloadFile
        }
    }

    /// The type of the message that it arrives as.
    package var messageType: MessageType {
        switch self {
        case .picture: .picture
        case .voice: .voice
        case .video: .video
        case .file: .app
        }
    }

    /// More bytes than this a server need not take.
    package var maximumSize: Int64 {
        switch self {
        case .picture: 10 << 20
        case .voice: 2 << 20
        case .video: 25 << 20
        case .file: 100 << 20
        }
    }

    /// Whether it may be of this MIME type. Voice has one format and video one container, so that whoever receives them
    /// can play them.
    package func allows(mimeType: String) -> Bool {
        switch self {
        case .picture: ["image/jpeg", "image/png"].contains(mimeType)
        case .voice: mimeType == Self.voiceType
        case .video: mimeType == Self.videoType
        case .file: true
        }
    }

    /// Opus in an Ogg file.
    package static let voiceType = "audio/ogg"
    /// H.264 and AAC in an MP4 file.
    package static let videoType = "video/mp4"
}

/// The limits that all kinds share.
package enum MediaLimit {
    /// Of a piece, in either direction.
    package static let piece = 512 << 10
    /// Of a thumbnail.
    package static let thumbnail = 16 << 10
    /// Of a name and of a MIME type, in bytes of UTF-8.
    package static let name = 255
    package static let mimeType = 127
    /// Of voice and of video, in milliseconds.
    package static let voiceDuration: UInt32 = 60_000
    package static let videoDuration: UInt32 = 300_000
    /// Of a digest: SHA-256.
    package static let digest = 32
}
