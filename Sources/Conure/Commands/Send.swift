import ArgumentParser
import BotKit
import Store

/// Says something as the bot.
struct Send: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send a message as the bot.",
        discussion: "It goes through the outbox of a running bot, within its limits.")

    @OptionGroup var action: OwnerAction
    @Option(name: .customLong("to"), help: "A person or room: an id, a name or a remark.") var chat: String
    @Option(name: .customLong("mention"), help: "Somebody to address in a room; may be given again.")
    var mentions: [String] = []
    @Option(help: "A link to share instead of text.") var link: String?
    @Option(help: "The link's title; the link itself if not given.") var title: String?
    @Option(help: "A few words about the link.") var summary = ""
    @Option(help: "Somebody whose card to send instead of text.") var card: String?
    @Option(help: "A picture emoticon to send instead of text: the network's name for it.") var emoji: String?
    @Option(help: "A picture to send instead of text.", completion: .file()) var image: String?
    @Option(help: "A recording to send as voice instead of text.", completion: .file()) var voice: String?
    @Option(help: "A video to send instead of text.", completion: .file()) var video: String?
    @Option(help: "A file to send instead of text, as it is.", completion: .file()) var file: String?
    @Argument(help: "What to say.") var text: String?

    func validate() throws {
        let given = [text, link, card, emoji, image, voice, video, file].compactMap(\.self)
        guard given.count == 1, given[0].isEmpty == false else {
            throw ValidationError(
                "say what to send: a text, or one of --link, --card, --emoji, --image, --voice, --video and --file"
            )
        }
    }

    func run() async throws {
        let desk = try await action.open()
        let chat = try await desk.find(chat)
        try await desk.perform(
            .send(try await content(desk), mentions: desk.find(mentions)), in: chat)
    }

    private func content(_ desk: OwnerAction.Desk) async throws -> Content {
        if let link { return .link(WebLink(url: link, title: title ?? link, summary: summary)) }
        if let card {
            let person = try await desk.find(card)
            let known = try await desk.store.contacts(of: desk.account, includingStrangers: true)
            let name = known.first { $0.contact.id == person.rawValue }?.contact.name
            return .card(PersonCard(person: PersonID(person.rawValue), name: name ?? card))
        }
        if image ?? voice ?? video ?? file != nil {
            let maker = MediaMaker(folder: try MediaFolder(action.data.folder, store: desk.store))
            if let image { return try await maker.image(image) }
            if let voice { return try await maker.voice(voice) }
            if let video { return try await maker.video(video) }
            if let file { return try await maker.file(file) }
        }
        if let emoji { return .emoji(Emoji(name: emoji)) }
        return .text(text ?? "")
    }
}

/// Takes back what the bot said.
struct RecallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recall", abstract: "Take back a message that the bot sent.")

    @OptionGroup var action: OwnerAction
    @Argument(help: "Its number in the outbox: see `conure outbox list`.") var number: Int64

    func run() async throws {
        let desk = try await action.open()
        guard let row = try await desk.store.outboxRow(number, of: desk.account) else {
            throw Failure("the outbox of \(desk.account) has no number \(number)")
        }
        guard row.state == "sent", !row.message.serverID.isEmpty else {
            throw Failure("number \(number) is \(row.state), only a message that was sent can be taken back")
        }
        try await desk.perform(.recall(row.message), in: row.chat)
    }
}
