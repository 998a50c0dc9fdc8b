import ArgumentParser
import BotKit
import Foundation
import Store

/// The people that the bot's account knows.
struct Friend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Manage the people that the bot knows.",
        subcommands: [
            List.self, Search.self, Add.self, Requests.self, Accept.self, Refuse.self, Remark.self,
            Block.self,
            Unblock.self, Remove.self, Picture.self, Tag.self, Untag.self,
        ])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List friends, with their tags.")

        @OptionGroup var action: OwnerAction
        @Flag(help: "Also people who are no friends.") var all = false

        func run() async throws {
            let desk = try await action.open()
            for known in try await desk.store.contacts(of: desk.account, includingStrangers: all)
            where known.contact.kind == .private {
                print(action.json.isOn ? try JSONLine.text(ContactLine(known)) : ContactLine(known).text)
            }
        }
    }

    struct Search: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Look somebody up by account name or phone number.")

        @OptionGroup var action: OwnerAction
        @Argument(help: "What to search for.") var query: String

        func run() async throws {
            let desk = try await action.open()
            try await desk.perform(.search(query), in: .none)
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask somebody to be a friend.",
            discussion: "Looks them up first. Where no approval is needed they are a friend at once.")

        @OptionGroup var action: OwnerAction
        @Argument(help: "What to search for: an account name or phone number.") var query: String
        @Option(help: "What to write with it.") var greeting = ""

        func run() async throws {
            let desk = try await action.open()
            guard let row = try await desk.outcome(of: .search(query), in: .none) else {
                throw Failure("a search has to be waited for: leave out --wait 0")
            }
            guard row.state == "sent" else { return try desk.report(row) }
            let found = try JSONDecoder().decode(FoundPerson.self, from: Data(row.answer.utf8))
            if let person = found.person { throw Failure("\(found.name) (\(person)) is a friend already") }
            try await desk.perform(
                .requestFriend(FriendWish(token: found.token, greeting: greeting)), in: .none)
        }
    }

    struct Requests: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List requests to be friends that wait for an answer.")

        @OptionGroup var action: OwnerAction

        func run() async throws {
            let desk = try await action.open()
            for pending in try await desk.store.openFriendRequests(of: desk.account) {
                let line = RequestLine(pending)
                print(action.json.isOn ? try JSONLine.text(line) : line.text)
            }
        }
    }

    struct Accept: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Accept a request to be friends.")

        @OptionGroup var action: OwnerAction
        @Argument(help: "The request's number: see `conure friend requests`.") var number: Int64

        func run() async throws { try await answer(number, action) { .acceptFriend($0) } }
    }

    struct Refuse: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Refuse a request to be friends.")

        @OptionGroup var action: OwnerAction
        @Argument(help: "The request's number: see `conure friend requests`.") var number: Int64

        func run() async throws { try await answer(number, action) { .declineFriend($0) } }
    }

    private static func answer(
        _ number: Int64, _ action: OwnerAction, _ effect: (FriendRequest) -> Effect
    ) async throws {
        let desk = try await action.open()
        let open = try await desk.store.openFriendRequests(of: desk.account)
        guard let pending = open.first(where: { $0.number == number }) else {
            throw Failure("no request with the number \(number) waits for an answer")
        }
        try await desk.perform(
            effect(pending.request), in: ChatID(pending.request.person.rawValue), answering: number)
    }

    struct Remark: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give somebody a name of your own.")

        @OptionGroup var action: OwnerAction
        @Argument(help: "Who.") var person: String
        @Argument(help: "The name; empty takes it away.") var remark: String

        func run() async throws { try await change(person, action, .setRemark(remark)) }
    }

    struct Block: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Refuse what somebody sends.")

        @OptionGroup var action: OwnerAction
        @Argument(help: "Who.") var person: String

        func run() async throws { try await change(person, action, .setBlocked(true)) }
    }

    struct Unblock: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take what somebody sends again.")

        @OptionGroup var action: OwnerAction
        @Argument(help: "Who.") var person: String

        func run() async throws { try await change(person, action, .setBlocked(false)) }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take somebody out of the bot's list.")

        @OptionGroup var action: OwnerAction
        @Argument(help: "Who.") var person: String

        func run() async throws { try await change(person, action, .removeFriend) }
    }

    private static func change(_ person: String, _ action: OwnerAction, _ effect: Effect) async throws {
        let desk = try await action.open()
        try await desk.perform(effect, in: desk.find(person))
    }

    struct Picture: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Get the picture that somebody or a room shows, and print where it is.",
            discussion: "A running bot fetches it.")

        @OptionGroup var action: OwnerAction
        @Argument(help: "Who.") var person: String
        @Option(help: "A file to copy it to.") var output: String?

        func run() async throws {
            let desk = try await action.open()
            guard let row = try await desk.outcome(of: .fetchPicture, in: desk.find(person)) else { return }
            guard row.state == "sent" else { throw Failure("not fetched: \(row.reason)") }
            let media = try JSONDecoder().decode(Media.self, from: Data(row.answer.utf8))
            let folder = try MediaFolder(action.data.folder, store: desk.store)
            guard let path = folder.path(of: media) else {
                throw Failure("it is no longer in the media folder: try again")
            }
            if let output { try MediaFolder.copy(path, to: output) }
            let shown = output ?? path
            print(
                action.json.isOn
                    ? try JSONLine.text(["path": shown, "type": media.mimeType, "digest": media.digest])
                    : shown)
        }
    }

    struct Tag: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tag a person or room. Tags stay here; no network hears of them.")

        @OptionGroup var action: OwnerAction
        @Argument(help: "Who.") var person: String
        @Argument(help: "The tag.") var tag: String

        func run() async throws { try await set(tag, on: person, action, to: true) }
    }

    struct Untag: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a tag away.")

        @OptionGroup var action: OwnerAction
        @Argument(help: "Who.") var person: String
        @Argument(help: "The tag.") var tag: String

        func run() async throws { try await set(tag, on: person, action, to: false) }
    }

    private static func set(
        _ tag: String, on person: String, _ action: OwnerAction, to isSet: Bool
    ) async throws {
        guard !tag.isEmpty, tag.utf8.count <= 64, !tag.contains(where: \.isWhitespace) else {
            throw Failure("'\(tag)' cannot be a tag: use up to 64 characters without spaces")
        }
        let desk = try await action.open()
        let id = try await desk.find(person)
        let isNews = try await desk.store.setTag(tag, on: id.rawValue, of: desk.account, to: isSet)
        print(isNews ? "\(isSet ? "tagged" : "untagged") \(id) \(tag)" : "nothing to do")
    }
}

/// A person or room for people and machines.
struct ContactLine: Encodable {
    var id: String
    var kind: String
    var name: String
    var remark: String
    var alias: String
    var friend: Bool
    var blocked: Bool
    var tags: [String]
    var members: [RoomMember]?

    init(_ known: KnownContact) {
        let contact = known.contact
        (id, kind, name, remark) = (contact.id, contact.kind.rawValue, contact.name, contact.remark)
        (alias, friend, blocked) = (contact.alias, contact.isFriend, contact.isBlocked)
        (tags, members) = (known.tags, contact.members)
    }

    var text: String {
        let called = remark.isEmpty ? name : "\(remark) (\(name))"
        let marks = (blocked ? ["blocked"] : []) + (friend ? [] : ["stranger"]) + tags.map { "#" + $0 }
        let count = members.map { ", \($0.count) members" } ?? ""
        return "\(id) \(called)\(count)\(marks.isEmpty ? "" : " " + marks.joined(separator: " "))"
    }
}

private struct RequestLine: Encodable {
    var id: Int64
    var person: String
    var name: String
    var greeting: String
    var source: String
    var time: Date

    init(_ pending: PendingFriendRequest) {
        let request = pending.request
        (id, person, name) = (pending.number, request.person.rawValue, request.name)
        (greeting, source, time) = (request.greeting, request.source, Date(pending.time))
    }

    var text: String { "\(id) \(name) (\(person)): \(greeting)" }
}
