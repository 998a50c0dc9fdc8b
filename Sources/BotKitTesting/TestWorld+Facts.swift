import BotKit

extension TestWorld {
    var now: Timestamp { withState { $0.now } }
    var outcome: Outcome { withState { $0.outcome } }

    func event(_ kind: String, text: String?, source: String? = nil) -> EventFacts {
        withState { state in
            state.events += 1
            return EventFacts(
                id: "m\(state.events)", kind: kind, time: state.now.wire, text: text, source: source)
        }
    }

    /// Who is called so; somebody new if nobody is.
    func person(called name: String) -> PersonID {
        withState { state in
            let id = PersonID(name.lowercased())
            if state.people[id] == nil {
                state.people[id] = SenderFacts(id: id.rawValue, name: name, friend: false)
            }
            return id
        }
    }

    /// The id of the room that is called so; a new one's if none is.
    func room(called name: String) -> String {
        withState { state in
            if !state.rooms.contains(name) { state.rooms.append(name) }
            return Self.roomID(name)
        }
    }

    static func roomID(_ name: String) -> String { "room:" + name.lowercased() }

    func facts(of person: PersonID) -> SenderFacts {
        withState { $0.people[person] } ?? SenderFacts(id: person.rawValue, name: person.rawValue)
    }

    func name(of person: PersonID) -> String { facts(of: person).name }

    func setFriend(_ person: PersonID, _ isFriend: Bool) {
        withState { $0.people[person]?.friend = isFriend }
    }

    /// Whether the bot has accepted somebody since this was asked last.
    func takeNewFriend(_ person: PersonID) -> Bool { withState { $0.newFriends.remove(person) != nil } }

    func memory(of owner: Owner) -> [String: Value] { withState { $0.memory(of: owner) } }

    func sent(to chat: String, isDue: Bool) -> [SentMessage] {
        withState { state in
            let messages = state.sent.filter { $0.chat == chat && ($0.message.time <= state.now) == isDue }
            // Those of one instant keep the order in which they were wanted.
            return messages.map(\.message).enumerated().sorted {
                ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
            }.map(\.element)
        }
    }
}

extension TestWorld.State {
    func memory(of owner: TestWorld.Owner) -> [String: Value] {
        (memory[owner] ?? [:]).filter { $0.value.until.map { $0 > now } ?? true }.mapValues(\.value)
    }
}
