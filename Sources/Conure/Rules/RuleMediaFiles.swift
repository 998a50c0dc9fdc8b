import BotKit
import Engine
import Synchronization

/// The files that rules send, in the media folder: what is sent is what they were when the rules came in force.
final class RuleMediaFiles: Sendable {
    private let digests = Mutex<Set<String>>([])

    /// What has to stay in the media folder.
    var needed: Set<String> { digests.withLock { $0 } }

    /// Makes the files of some rules ready, and gives them to the rules.
    ///
    /// - Throws: `RulesFileError`, which names the places of those that cannot be sent.
    func prepare(_ file: inout RulesFile, in folder: MediaFolder) async throws {
        guard !file.media.isEmpty else { return file.take([:]) }
        let maker = MediaMaker(folder: folder)
        var contents: [RuleMedia: Content] = [:]
        var findings: [Finding] = []
        for (media, place) in file.media {
            do {
                let content = try await maker.content(of: media)
                digests.withLock { digests in
                    for digest in [content.media?.digest, content.media?.thumbnail].compactMap(\.self) {
                        digests.insert(digest)
                    }
                }
                contents[media] = content
            } catch {
                var finding = place
                finding.message = "this file cannot be sent: \(error)"
                findings.append(finding)
            }
        }
        if !findings.isEmpty { throw RulesFileError(findings: findings) }
        file.take(contents)
    }
}

extension MediaMaker {
    fileprivate func content(of file: RuleMedia) async throws -> Content {
        switch file.kind {
        case .image: try await image(file.path)
        case .file: try await self.file(file.path)
        case .voice: try await voice(file.path)
        case .video: try await video(file.path)
        }
    }
}
