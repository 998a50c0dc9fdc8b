import BotKit

/// What an outcome comes to: all of it, or an error and nothing.
extension TestWorld.State {
    mutating func take(_ outcome: HandlerOutcome, of event: TestEvent) throws {
        // A copy, so that an error leaves everything as it was.
        var after = self
        for change in outcome.memory ?? [] { try after.remember(change, event) }
        for action in outcome.actions ?? [] { try after.perform(action, event) }
        for emission in outcome.emit ?? [] {
            after.outcome.emitted.append(EmittedTestEvent(emission.name, emission.data ?? [:]))
        }
        if let value = outcome.value { after.outcome.result = value }
        self = after
    }

    // MARK: Memory

    private mutating func remember(_ change: MemoryChange, _ event: TestEvent) throws {
        let isName =
            (1...64).contains(change.name.count)
            && change.name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
        guard isName else { throw Failure("'\(change.name)' cannot be the name of a variable") }
        guard let owner = owner(change.scope, event) else {
            throw Failure("there is no \(change.scope.rawValue) here whose variable \(change.name) could be")
        }
        guard let value = change.value, value != .missing else {
            memory[owner]?[change.name] = nil
            return
        }
        memory[owner, default: [:]][change.name] = TestWorld.Remembered(
            value: value, until: change.expires.map { now + .seconds($0) })
    }

    private func owner(_ scope: MemoryChange.Scope, _ event: TestEvent) -> TestWorld.Owner? {
        switch scope {
        case .chat: event.chat.map { .chat($0.id) }
        case .sender: event.person.map { .sender($0.rawValue) }
        case .bot: .bot
        }
    }

    // MARK: Actions

    private mutating func perform(_ action: HandlerAction, _ event: TestEvent) throws {
        switch action.do {
        case .reply, .send: try say(action, event)
        case .acceptFriend:
            let person = try requester(event, "accept")
            people[person]?.friend = true
            newFriends.insert(person)
        case .declineFriend: outcome.declined.insert(try requester(event, "decline"))
        case .remark:
            let (person, name) = (try person(action.to, event), try text(of: action))
            people[person]?.remark = name
        case .tag:
            let (person, tag) = (try person(action.to, event), try text(of: action))
            if people[person]?.tags.contains(tag) == false { people[person]?.tags.append(tag) }
        case .untag:
            let (person, tag) = (try person(action.to, event), try text(of: action))
            people[person]?.tags.removeAll { $0 == tag }
        case .recall:
            guard let chat = event.chat,
                let last = sent.lastIndex(where: { $0.chat == chat.id && $0.message.time <= now })
            else { throw Failure("nothing was sent here that could be taken back") }
            sent.remove(at: last)
        case .invite:
            guard let to = action.to else { throw Failure("invite needs a room in 'to'") }
            let (room, person) = (try chat(to, event), try person(action.whom, event))
            guard room.hasPrefix("room:") else { throw Failure("nobody can be added to a private chat") }
            outcome.invitations.append(
                "\(people[person]?.name ?? person.rawValue) to \(rooms.first { TestWorld.roomID($0) == room } ?? room)"
            )
        case .alert: outcome.alerts.append(try text(of: action))
        }
    }

    private mutating func say(_ action: HandlerAction, _ event: TestEvent) throws {
        var text = try text(of: action)
        let target = try action.to.map { try chat($0, event) } ?? here(event)
        let name = event.person.flatMap { people[$0]?.name } ?? ""
        if action.quote == true, let quoted = event.facts.text { text = "「\(name): \(quoted)」\n" + text }
        if action.mention == true, target.hasPrefix("room:") { text = "@\(name) " + text }
        var priority: Priority?
        if let name = action.priority {
            priority = Priority.allCases.first { $0.name == name }
            if priority == nil { throw Failure("'\(name)' is no priority") }
        }
        // Only one message under a name ever leaves.
        if let key = action.key, sent.contains(where: { $0.message.key == key }) { return }
        let time = max(now, action.at.map(Timestamp.init(wire:)) ?? now)
        sent.append((target, SentMessage(text: text, time: time, key: action.key, priority: priority)))
    }

    private func text(of action: HandlerAction) throws -> String {
        guard let text = action.text, !text.isEmpty else {
            throw Failure("\(action.do.rawValue) needs a text")
        }
        return text
    }

    private func requester(_ event: TestEvent, _ verb: String) throws -> PersonID {
        guard event.facts.kind == "friend_request", let person = event.person else {
            throw Failure("there is no friend request to \(verb)")
        }
        return person
    }

    // MARK: Targets

    private func here(_ event: TestEvent) throws -> String {
        guard let chat = event.chat else { throw Failure("there is no chat to answer in") }
        return chat.id
    }

    private func person(_ target: String?, _ event: TestEvent) throws -> PersonID {
        PersonID(try chat(target ?? "sender", event))
    }

    /// `sender`, `chat`, `user:NAME`, `chat:NAME`, or an id.
    private func chat(_ target: String, _ event: TestEvent) throws -> String {
        switch target {
        case "chat": return try here(event)
        case "sender":
            guard let person = event.person else { throw Failure("there is no sender here") }
            return person.rawValue
        default: break
        }
        if target.hasPrefix("user:") {
            let name = String(target.dropFirst(5))
            let found = people.values.filter { $0.name == name || $0.remark == name }
            guard found.count == 1, let person = found.first else {
                throw Failure("\(found.isEmpty ? "no" : "more than one") person is called \(name)")
            }
            return person.id
        }
        if target.hasPrefix("chat:") {
            let name = String(target.dropFirst(5))
            guard rooms.contains(name) else { throw Failure("no room is called \(name)") }
            return TestWorld.roomID(name)
        }
        guard people[PersonID(target)] != nil || rooms.contains(where: { TestWorld.roomID($0) == target })
        else {
            throw Failure("nobody has the id '\(target)'")
        }
        return target
    }
}
