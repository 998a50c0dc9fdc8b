// A test of a bot needs its words, too.
@_exported public import BotKit

/// A chat with a bot, in memory and on a clock that only moves when it is told to.
///
/// ```swift
/// let chat = try TestChat(Echo.self)
/// try await chat.says("hello")
/// #expect(chat.replies == ["hello"])
/// ```
///
/// It goes by the engine's rules: what a handler wants takes effect when it has returned, all or nothing; an open question
/// takes the next message; what is remembered stays. There are no rules here: handlers hear what they have subscribed to,
/// and `call` does what a rule's `call` does.
public final class TestChat: Sendable {
    let world: TestWorld
    let chat: ChatFacts
    let person: PersonID

    init(_ world: TestWorld, _ chat: ChatFacts, _ person: PersonID) {
        self.world = world
        self.chat = chat
        self.person = person
    }

    /// A private chat of somebody with a bot, in a world of its own.
    ///
    /// - Parameters:
    ///   - bot: the bot.
    ///   - name: who talks to it.
    ///   - environment: the environment variables that the rules file would set.
    ///   - http: what answers its calls of servers; without one every such call is an error. `.network` makes them really.
    ///   - now: when it is, at first.
    /// - Throws: `Failure` if something is wrong with the bot's handlers.
    public convenience init(
        _ bot: any Bot.Type, with name: String = "Ann", environment: [String: String] = [:],
        http: HTTP = .none, now: Timestamp = Timestamp(seconds: 1_767_603_600)
    ) throws {
        let problems = bot.handlers.problems
        guard problems.isEmpty else { throw Failure(problems.joined(separator: "\n")) }
        let world = TestWorld(bot.handlers, environment: environment, http: http, now: now)
        let person = world.person(called: name)
        self.init(world, ChatFacts(id: person.rawValue, name: name, kind: .private), person)
    }

    /// Somebody else's private chat with the same bot.
    public func other(_ name: String) -> TestChat {
        let person = world.person(called: name)
        return TestChat(world, ChatFacts(id: person.rawValue, name: name, kind: .private), person)
    }

    /// A room that the same bot is in. Who talks there is the person of this chat, unless it is said otherwise.
    public func room(_ name: String) -> TestChat {
        TestChat(world, ChatFacts(id: world.room(called: name), name: name, kind: .group), person)
    }
}

extension HTTP {
    /// No network: every call is an error, so that no test depends on somebody else's server.
    public static let none = HTTP { request in
        throw Failure("this test has nothing that answers \(request.method) \(request.address)")
    }
}

// MARK: What happens

extension TestChat {
    /// Somebody writes something.
    ///
    /// - Parameter name: who; the person of this chat if it is not said.
    /// - Throws: `Failure` if a handler fails.
    public func says(_ text: String, as name: String? = nil) async throws {
        try await message(.text, text, as: name)
    }

    /// Somebody sends something other than text.
    ///
    /// - Parameter name: who; the person of this chat if it is not said.
    /// - Throws: `Failure` if a handler fails.
    public func sends(_ kind: MessageKind, as name: String? = nil) async throws {
        try await message(kind, nil, as: name)
    }

    private func message(_ kind: MessageKind, _ text: String?, as name: String?) async throws {
        let speaker = name.map(world.person) ?? person
        try await world.happen(
            TestEvent(facts: world.event(kind.rawValue, text: text), chat: chat, person: speaker)
        ) { $0.event == .message && ($0.kinds ?? ["text"]).contains(kind.rawValue) }
    }

    /// The person of this chat wants to be the bot's friend. If the bot accepts, handlers hear of the new friend, too.
    ///
    /// - Parameters:
    ///   - greeting: what they write with it.
    ///   - source: how they found the bot.
    /// - Throws: `Failure` if a handler fails.
    public func requestsFriendship(_ greeting: String = "", source: String = "search") async throws {
        try await world.happen(
            TestEvent(
                facts: world.event("friend_request", text: greeting, source: source),
                chat: ChatFacts(id: person.rawValue, name: chat.name, kind: .private), person: person)
        ) { $0.event == .friendRequest }
        guard world.takeNewFriend(person) else { return }
        try await befriended(.friendAdded, "friend_added")
    }

    /// The person of this chat is no friend any more.
    ///
    /// - Throws: `Failure` if a handler fails.
    public func endsFriendship() async throws {
        world.setFriend(person, false)
        try await befriended(.friendLost, "friend_lost")
    }

    private func befriended(_ kind: Subscription.Kind, _ name: String) async throws {
        try await world.happen(
            TestEvent(
                facts: world.event(name, text: nil),
                chat: ChatFacts(id: person.rawValue, name: world.name(of: person), kind: .private),
                person: person)
        ) { $0.event == kind }
    }

    /// Calls a handler as a rule does, about a message of this chat's person.
    ///
    /// - Parameters:
    ///   - handler: its name.
    ///   - arguments: what stands under `with`.
    ///   - text: the message that the rule is about.
    ///   - retries: how often it is called again if it says that this may help.
    /// - Returns: what the rule gets under `save_as`; nil if the handler gives nothing, or has asked something: then
    ///   `lastResult` has it when the question is answered.
    /// - Throws: `Failure` if the handler fails.
    @discardableResult
    public func call(
        _ handler: String, with arguments: [String: Value] = [:], about text: String = "", retries: Int = 0
    ) async throws -> Value? {
        let event = TestEvent(facts: world.event("text", text: text), chat: chat, person: person)
        return try await world.call(
            TestCall(handler: handler, arguments: arguments, event: event, retries: retries))
    }

    /// Lets time pass: what is due by then happens in its order, timers, messages for later, questions nobody answered.
    ///
    /// - Throws: `Failure` if a handler fails.
    public func advance(by length: Duration) async throws { try await world.advance(by: length) }
}
