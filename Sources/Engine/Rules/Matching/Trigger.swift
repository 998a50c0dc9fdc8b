import BotKit

/// What has to happen to start a rule.
enum Trigger: Sendable {
    case message(MessageTrigger)
    case friendRequest(FriendRequestTrigger)
    /// How they found the account, in the language's words; nil if in any way.
    case friendAdded(Set<FriendSource>?)
    case friendLost(Set<FriendSource>?)
    case group(GroupTrigger)
    // Seldom looked at, and large: it would make every copy of the others slow.
    indirect case schedule(ScheduleTrigger)
    indirect case webhook(WebhookTrigger)
    case bot(Set<BotMoment>)
    case event(EventTrigger)

    enum Outcome {
        /// It holds, with the named groups of the expression that matched.
        case yes(groups: [String: String])
        /// The first check that did not hold.
        case no(check: String, seen: String)
    }

    var head: TriggerHead {
        switch self {
        case .message: .message
        case .friendRequest: .friendRequest
        case .friendAdded: .friendAdded
        case .friendLost: .friendLost
        case .group: .group
        case .schedule: .schedule
        case .webhook: .webhook
        case .bot: .bot
        case .event: .event
        }
    }

    /// Its text keys.
    var texts: [TextCheck] {
        switch self {
        case .message(let trigger): trigger.texts
        case .friendRequest(let trigger): trigger.texts
        default: []
        }
    }

    /// Whether an event with this head starts the rule.
    func check(_ view: inout EventView) throws -> Outcome {
        switch (self, view.event.body) {
        case (.message(let trigger), .message(let message)): try trigger.check(message, &view)
        case (.friendRequest(let trigger), .friendRequest(let request)): trigger.check(request, &view)
        case (.friendAdded(let sources), .friendAdded(let person)),
            (.friendLost(let sources), .friendLost(let person)):
            try Self.check(sources, person, view)
        case (.group(let trigger), .group(let change)): trigger.check(change, view)
        case (.schedule(let trigger), .scheduled(let time)):
            trigger.check(time, now: view.circumstances.now)
        case (.webhook(let trigger), .webhook(let call)): trigger.check(call)
        case (.bot(let moments), .bot(let moment)):
            moments.contains(moment) ? .yes(groups: [:]) : .no(check: "event", seen: moment.rawValue)
        case (.event(let trigger), .emitted(let event)): trigger.check(event)
        default: .no(check: "when", seen: view.head.rawValue)
        }
    }

    /// Whether the request that somebody once sent came by one of these ways.
    private static func check(
        _ sources: Set<FriendSource>?, _ person: PersonID, _ view: EventView
    ) throws -> Outcome {
        guard let sources else { return .yes(groups: [:]) }
        let source = try view.state.friendSource(of: person).map { FriendSource($0) } ?? .other
        return sources.contains(source) ? .yes(groups: [:]) : .no(check: "source", seen: source.rawValue)
    }

    /// The lines of an event that passed: every check, in order.
    func linesOfSuccess(_ view: inout EventView, rule: String) -> [TraceLine] {
        var checks: [(String, String)]
        switch self {
        case .message(let trigger): checks = trigger.checks(&view)
        case .friendRequest(let trigger): checks = trigger.checks(&view)
        case .schedule(let trigger): checks = trigger.checks(view.event)
        default: checks = []
        }
        if checks.isEmpty {
            checks = [(head.rawValue, view.text.isEmpty ? view.seenWithoutText : view.seen)]
        }
        return checks.map { TraceLine(rule: rule, check: $0, seen: $1, verdict: .yes) }
    }
}

/// Somebody wants to be a friend.
struct FriendRequestTrigger: Sendable {
    /// How they found the account, in the language's words; nil if in any way.
    var sources: Set<FriendSource>?
    var notFrom: [Reference] = []
    var texts: [TextCheck] = []

    func check(_ request: FriendRequest, _ view: inout EventView) -> Trigger.Outcome {
        let source = FriendSource(request.source)
        if let sources, !sources.contains(source) { return .no(check: "source", seen: source.rawValue) }
        if notFrom.contains(where: { $0.means(id: request.person.rawValue, view.circumstances.sender) }) {
            return .no(check: "not_from", seen: view.seenSender)
        }
        var groups: [String: String] = [:]
        for number in texts.indices {
            guard let found = texts[number].check(&view) else {
                return .no(check: texts[number].name, seen: view.seen)
            }
            if !found.isEmpty { groups = found }
        }
        return .yes(groups: groups)
    }

    func checks(_ view: inout EventView) -> [(String, String)] {
        var checks: [(String, String)] = []
        if sources != nil, case .friendRequest(let request) = view.event.body {
            checks.append(("source", FriendSource(request.source).rawValue))
        }
        if !notFrom.isEmpty { checks.append(("not_from", view.seenSender)) }
        for text in texts { checks.append((text.name, view.seen)) }
        return checks
    }
}

/// How somebody has found the account.
enum FriendSource: String, Hashable, Sendable, CaseIterable {
    case qrCode = "qr_code"
    case search, group, card, phone, nearby, other

    /// Reads a network's word, or one of MicroChat's numbers (MicroChat wire protocol, sections 13.2 and 14.6). A phone
    /// number is searched for as an account's name is; `phone` is for who has the account in the phone's own list.
    init(_ source: String) {
        switch source {
        case "1", "3", "15", "search": self = .search
        case "6", "17", "card": self = .card
        case "10", "13", "phone": self = .phone
        case "14", "group": self = .group
        case "18", "nearby": self = .nearby
        case "30", "qr_code": self = .qrCode
        default: self = .other
        }
    }
}

/// Something about a room has changed.
struct GroupTrigger: Sendable {
    /// Which changes will do; nil for all.
    var kinds: Set<GroupChange.Kind>?
    var place: Place?

    func check(_ change: GroupChange, _ view: EventView) -> Trigger.Outcome {
        if let kinds, !kinds.contains(change.kind) { return .no(check: "event", seen: change.kind.rawValue) }
        if let place, !place.contains(view.event, chat: view.circumstances.chat) {
            return .no(check: "in", seen: view.seenPlace)
        }
        return .yes(groups: [:])
    }
}

/// Somebody called the bot.
struct WebhookTrigger: Sendable {
    let path: String
    let method: String
    /// What has to be in the JSON that comes with it.
    var json = MatchMap()

    func check(_ call: WebhookCall) -> Trigger.Outcome {
        guard call.path == path else { return .no(check: "path", seen: traced(call.path)) }
        guard call.method == method else { return .no(check: "method", seen: call.method) }
        if json.wanted.isEmpty { return .yes(groups: [:]) }
        if let miss = json.miss(in: Value(json: call.body) ?? .missing) {
            return .no(check: "json", seen: miss)
        }
        return .yes(groups: [:])
    }
}

/// A rule or a handler said something.
struct EventTrigger: Sendable {
    let name: String
    /// What has to be in what comes with it.
    var data = MatchMap()

    func check(_ event: EmittedEvent) -> Trigger.Outcome {
        guard event.name == name else { return .no(check: "name", seen: traced(event.name)) }
        if let miss = data.miss(in: .map(event.data)) { return .no(check: "data", seen: miss) }
        return .yes(groups: [:])
    }
}

/// Names, and the values of which each must have one.
struct MatchMap: Sendable {
    var wanted: [(path: [String], values: [String])] = []

    /// The first name whose value is another, with that; nil if all fit.
    func miss(in value: Value) -> String? {
        for (path, values) in wanted {
            let found = value[path]
            if !values.contains(where: { found.isEqual(to: .text($0)) }) {
                return "\(path.joined(separator: ".")): \(found.traced)"
            }
        }
        return nil
    }
}
