import BotKit
import Foundation
import MicroChatWire

/// Makes of a local file what the network takes, and puts it into the media folder: afterwards the file may change or
/// vanish.
struct MediaMaker {
    let folder: MediaFolder
    /// Nil if ffmpeg is not installed. What the network takes as it is needs none.
    let converter: Converter?

    /// What is larger is not even looked at.
    private static let mostInput: Int64 = 2 << 30

    init(folder: MediaFolder, converter: Converter? = Converter()) {
        self.folder = folder
        self.converter = converter
    }

    /// A picture: JPEG and PNG as they are, anything else as JPEG.
    func image(_ path: String) async throws -> Content {
        try await withScratch(for: path) { path, scratch in
            var (source, type) = (path, Self.pictureType(of: path))
            if type == nil {
                source = scratch + ".jpg"
                try await needed(for: "a picture that is neither JPEG nor PNG").convert(
                    path, ["-frames:v", "1", "-q:v", "3", "-f", "mjpeg"], to: source,
                    limit: MediaKind.picture.maximumSize, within: .seconds(60))
                type = "image/jpeg"
            }
            let name = Self.name(of: path, ending: type == "image/png" ? ["png"] : ["jpg", "jpeg"])
            var media = try await take(source, name, type ?? "", .picture)
            media.thumbnail = try await thumbnail(of: source, scratch)
            return .image(media)
        }
    }

    /// Voice: Opus in Ogg as it is, the sound of anything else as that.
    func voice(_ path: String) async throws -> Content {
        try await withScratch(for: path) { path, scratch in
            var source = path
            var sound = OggOpus(path: path)
            if sound == nil {
                source = scratch + ".ogg"
                try await needed(for: "sound that is not Opus in Ogg").convert(
                    path,
                    [
                        "-vn", "-ac", "1", "-ar", "48000", "-c:a", "libopus", "-b:a", "32k", "-application",
                        "voip",
                        // A little more than the limit shows that it is longer.
                        "-t", "\(MediaLimit.voiceDuration / 1000 + 1)", "-f", "ogg",
                    ], to: source, limit: MediaKind.voice.maximumSize, within: .seconds(60))
                sound = OggOpus(path: source)
            }
            guard let duration = sound?.duration else { throw Failure("there is no sound in \(path)") }
            guard duration <= Int(MediaLimit.voiceDuration) else {
                throw Failure(
                    "\(path) is longer than the \(MediaLimit.voiceDuration / 1000) s that voice may have")
            }
            let name = Self.name(of: path, ending: ["ogg", "opus"])
            var media = try await take(source, name, MediaKind.voiceType, .voice)
            media.duration = duration
            return .voice(media)
        }
    }

    /// A video: H.264 and AAC in MP4 as it is if it is small enough, anything else as that.
    func video(_ path: String) async throws -> Content {
        try await withScratch(for: path) { path, scratch in
            let converter = try needed(for: "video")
            let facts = try await converter.facts(about: path, scratch: scratch)
            guard let codec = facts.codec(of: "video"), let duration = facts.duration else {
                throw Failure("there is no video in \(path)")
            }
            guard duration <= Int(MediaLimit.videoDuration) else {
                throw Failure(
                    "\(path) is longer than the \(MediaLimit.videoDuration / 1000) s that video may have")
            }
            var source = path
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64 ?? .max
            let isReady =
                codec == "h264" && [nil, "aac"].contains(facts.codec(of: "audio"))
                && facts.format.format_name?.split(separator: ",").contains("mp4") == true
                && size <= MediaKind.video.maximumSize
            if !isReady {
                source = scratch + ".mp4"
                try await converter.convert(
                    path, Self.videoOptions(duration: duration), to: source,
                    limit: MediaKind.video.maximumSize, within: .seconds(900))
            }
            var media = try await take(
                source, Self.name(of: path, ending: ["mp4"]), MediaKind.videoType, .video)
            media.duration = duration
            media.thumbnail = try await thumbnail(of: source, scratch)
            return .video(media)
        }
    }

    /// Any file, as it is.
    func file(_ path: String) async throws -> Content {
        try await withScratch(for: path) { path, _ in
            .file(try await take(path, Self.name(of: path), Self.fileType(of: path), .file))
        }
    }

    /// As many bits a second as let the whole fit, and no more than a small screen needs.
    private static func videoOptions(duration: Int) -> [String] {
        let fits = Int(MediaKind.video.maximumSize) * 8 * 9 / 10 * 1000 / max(duration, 1) - 96_000
        let rate = min(max(fits, 100_000), 2_000_000)
        return [
            "-map", "0:v:0", "-map", "0:a:0?", "-vf", "scale='min(1280,iw)':-2,format=yuv420p", "-c:v",
            "libx264",
            "-preset", "veryfast", "-crf", "25", "-maxrate", "\(rate)", "-bufsize", "\(2 * rate)", "-c:a",
            "aac",
            "-b:a", "96k", "-ac", "2", "-movflags", "+faststart", "-f", "mp4",
        ]
    }

    private func take(_ path: String, _ name: String, _ type: String, _ kind: MediaKind) async throws -> Media
    {
        do {
            let (digest, size) = try await folder.take(path, limit: kind.maximumSize)
            return Media(name: name, mimeType: type, size: size, digest: digest)
        } catch {
            throw Failure("cannot send \(name): \(error)")
        }
    }

    /// A thumbnail is a courtesy: without one the thing itself is still sent.
    private func thumbnail(of path: String, _ scratch: String) async throws -> String {
        let small = scratch + ".thumbnail.jpg"
        let options = ["-frames:v", "1", "-vf", "scale='min(160,iw)':-2", "-q:v", "8", "-f", "mjpeg"]
        do {
            try await converter?.convert(
                path, options, to: small, limit: Int64(MediaLimit.thumbnail), within: .seconds(30))
            return try await folder.take(small, limit: Int64(MediaLimit.thumbnail)).digest
        } catch {
            try Task.checkCancellation()
            return ""
        }
    }

    private func needed(for what: String) throws -> Converter {
        guard let converter else { throw Failure("\(what) has to be converted first: \(Converter.absence)") }
        return converter
    }

    /// Checks the file, and gives `body` its absolute path and the beginning of names for files that go afterwards.
    private func withScratch<Value>(
        for path: String, _ body: (_ path: String, _ scratch: String) async throws -> Value
    ) async throws -> Value {
        let path = URL(fileURLWithPath: path).standardizedFileURL.path
        guard
            let facts = try? FileManager.default.attributesOfItem(
                atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path),
            facts[.type] as? FileAttributeType == .typeRegular
        else { throw Failure("there is no file \(path)") }
        let size = facts[.size] as? Int64 ?? 0
        guard size > 0 else { throw Failure("\(path) is empty") }
        guard size <= Self.mostInput else { throw Failure("\(path) is too large") }
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent(
            "conure-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: scratch, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: scratch) }
        return try await body(path, scratch.path + "/file")
    }
}
