import ArgumentParser
import BotKit
import Foundation
import Store

/// The pictures, voice, video and files that the bot was sent.
struct MediaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "media", abstract: "Get at pictures, voice, video and files that came in.",
        subcommands: [List.self, Get.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List what came in, newest first.")

        @OptionGroup var action: OwnerAction
        @Option(help: "Lines at most.") var limit = 100

        func run() async throws {
            let desk = try await action.open()
            let folder = try MediaFolder(action.data.folder, store: desk.store)
            for received in try await desk.store.receivedMedia(of: desk.account, limit: limit) {
                guard let line = MediaLine(received, in: folder) else { continue }
                print(action.json.isOn ? try JSONLine.text(line) : line.text)
            }
        }
    }

    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Get one of them, and print where it is.",
            discussion: "What is not there yet is fetched by a running bot.")

        @OptionGroup var action: OwnerAction
        @Option(help: "A file to copy it to.") var output: String?
        @Argument(help: "Its number: see `conure media list`.") var number: Int64

        func run() async throws {
            let desk = try await action.open()
            let folder = try MediaFolder(action.data.folder, store: desk.store)
            let received = try await desk.store.receivedMedia(number, of: desk.account)
            guard let received, let media = received.content.media else {
                throw Failure("number \(number) is no picture, voice, video or file: see `conure media list`")
            }
            if folder.path(of: media) == nil {
                let row = try await desk.outcome(of: .fetchMedia(media), in: .none)
                if let row, row.state != "sent" { throw Failure("not fetched: \(row.reason)") }
            }
            guard let path = folder.path(of: media) else { throw Failure("it is not fetched yet") }
            if let output {
                try MediaFolder.copy(path, to: output)
            }
            guard let line = MediaLine(received, in: folder) else { return }
            print(action.json.isOn ? try JSONLine.text(line) : output ?? path)
        }
    }
}

private struct MediaLine: Encodable {
    var number: Int64
    var kind: String
    var name: String
    var type: String
    var size: Int64
    /// In milliseconds; 0 if it does not play.
    var duration: Int
    var digest: String
    var chat: String
    var sender: String
    var time: Date
    /// Where it is; nil if it is not fetched.
    var path: String?

    init?(_ received: ReceivedMedia, in folder: MediaFolder) {
        guard let media = received.content.media else { return nil }
        (number, kind, name, type) = (received.number, received.content.kind, media.name, media.mimeType)
        (size, duration, digest) = (media.size, media.duration, media.digest)
        (chat, sender, time) = (received.chat.rawValue, received.sender, Date(received.time))
        path = folder.path(of: media)
    }

    var text: String {
        "\(number) \(kind) \(name.isEmpty ? "without a name" : name), \(size) bytes, from \(sender)\(path.map { ": \($0)" } ?? " (not fetched)")"
    }
}
