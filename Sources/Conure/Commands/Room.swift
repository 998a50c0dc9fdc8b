import ArgumentParser
import BotKit
import Store

/// The rooms that the bot's account is in.
struct Room: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Manage the rooms that the bot is in.",
        subcommands: [
            List.self, Create.self, Invite.self, Announce.self, Rename.self, Nick.self, Facing.self,
            Leave.self,
        ])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List rooms.")

        @OptionGroup var action: OwnerAction

        func run() async throws {
            let desk = try await action.open()
            for known in try await desk.store.contacts(of: desk.account) where known.contact.kind == .group {
                print(action.json.isOn ? try JSONLine.text(ContactLine(known)) : ContactLine(known).text)
            }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a room.")

        @OptionGroup var action: OwnerAction
        @Option(help: "What it is called.") var topic = ""
        @Argument(help: "Who else is in it.") var members: [String]

        func run() async throws {
            let desk = try await action.open()
            let members = try await desk.find(members)
            try await desk.perform(.createRoom(topic: topic, members: members), in: .none)
        }
    }

    struct Invite: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add people to a room.")

        @OptionGroup var action: OwnerAction
        @Argument(help: "The room: its id or topic.") var room: String
        @Argument(help: "Who.") var members: [String]

        func run() async throws {
            let desk = try await action.open()
            try await desk.perform(.invite(try await desk.find(members)), in: desk.find(room))
        }
    }

    struct Announce: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Post a notice in a room; its owner only.")

        @OptionGroup var action: OwnerAction
        @Argument(help: "The room: its id or topic.") var room: String
        @Argument(help: "The notice.") var text: String

        func run() async throws { try await act(action, on: room, .announce(text)) }
    }

    struct Rename: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give a room another name.")

        @OptionGroup var action: OwnerAction
        @Argument(help: "The room: its id or topic.") var room: String
        @Argument(help: "The new name.") var topic: String

        func run() async throws { try await act(action, on: room, .renameRoom(topic)) }
    }

    struct Nick: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show another name of the bot's in a room.")

        @OptionGroup var action: OwnerAction
        @Argument(help: "The room: its id or topic.") var room: String
        @Argument(help: "The name.") var name: String

        func run() async throws { try await act(action, on: room, .setOwnRoomName(name)) }
    }

    struct Facing: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Enter the room of those nearby who say the same four digits.")

        @OptionGroup var action: OwnerAction
        @Argument(help: "Four digits that all of them have agreed on.") var code: String
        @Option(help: "Where they are: degrees, east is positive.") var longitude: Float = 0
        @Option(help: "Where they are: degrees, north is positive.") var latitude: Float = 0

        func validate() throws {
            guard code.utf8.count == 4, code.utf8.allSatisfy({ (48...57).contains($0) }) else {
                throw ValidationError("'\(code)' is no code, expected four digits")
            }
            guard (-180...180).contains(longitude), (-90...90).contains(latitude) else {
                throw ValidationError("there is no such place, expected -180 to 180 and -90 to 90 degrees")
            }
        }

        func run() async throws {
            let desk = try await action.open()
            try await desk.perform(
                .enterRoom(Rendezvous(code: code, longitude: longitude, latitude: latitude)), in: .none)
        }
    }

    struct Leave: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Leave a room.")

        @OptionGroup var action: OwnerAction
        @Argument(help: "The room: its id or topic.") var room: String

        func run() async throws { try await act(action, on: room, .leaveRoom) }
    }

    private static func act(_ action: OwnerAction, on room: String, _ effect: Effect) async throws {
        let desk = try await action.open()
        try await desk.perform(effect, in: desk.find(room))
    }
}
