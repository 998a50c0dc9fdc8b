import BotKit
import Store

/// What each chat still has to do, in order. A chat whose handler is busy is decided no further; only what its runs wait
/// for gets through.
struct Lanes {
    /// Events held at most in chats that go on, apart from the last page.
    private static let mostHeld = 1024
    /// Events held at most in chats that wait for a handler.
    private static let mostParked = 16_384
    /// Handlers called at most at a time, those that wait for a worker included.
    private static let mostCalls = 2048
    /// Events decided and committed together at most, within one chat.
    private static let batch = 64

    private var events: [ChatID: [PendingEvent]] = [:]
    /// Chats that somebody works on.
    private var busy: Set<ChatID> = []
    /// Chats that somebody should work on.
    private var ready: [ChatID] = []
    /// The chats of runs that wait for a handler.
    private var calls: [String: ChatID] = [:]
    private var callsByChat: [ChatID: Int] = [:]
    private var held = 0
    /// How many of those held are in chats that wait for a handler.
    private var parked = 0

    /// Whether the engine has caught up enough to take more.
    var hasRoom: Bool {
        held - parked < Self.mostHeld && parked < Self.mostParked && calls.count < Self.mostCalls
    }

    mutating func add(_ page: [PendingEvent]) {
        for event in page {
            let chat = event.event.chat
            events[chat, default: []].append(event)
            if callsByChat[chat] != nil { parked += 1 }
            callToWork(on: chat)
        }
        held += page.count
    }

    /// Names the chats that need somebody to work on them, once.
    mutating func takeReady() -> [ChatID] {
        defer { ready = [] }
        return ready
    }

    private mutating func callToWork(on chat: ChatID) {
        if busy.insert(chat).inserted { ready.append(chat) }
    }

    /// What to decide next in a chat; nil if there is nothing, then nobody works on it any more.
    mutating func next(in chat: ChatID) -> [PendingEvent]? {
        let waiting = events[chat] ?? []
        let isParked = callsByChat[chat] != nil
        let batch = isParked ? waiting.filter(\.isWake) : Array(waiting.prefix(Self.batch))
        let rest = isParked ? waiting.filter { !$0.isWake } : Array(waiting.dropFirst(Self.batch))
        events[chat] = rest.isEmpty ? nil : rest
        if isParked { parked -= batch.count }
        if batch.isEmpty {
            busy.remove(chat)
            return nil
        }
        return batch
    }

    /// Takes note of what was decided in a chat.
    mutating func take(_ decided: Store.Decided, of batch: [PendingEvent], in chat: ChatID) {
        let left = batch.dropFirst(decided.events)
        held -= decided.events
        if !left.isEmpty {
            events[chat] = left + (events[chat] ?? [])
            if callsByChat[chat] != nil { parked += left.count }
        }
        for run in decided.othersOfRuns { unblock(run) }
        block(decided.calls)
    }

    /// Holds up the chats of runs that wait for a handler.
    mutating func block(_ waiting: [WaitingCall]) {
        for call in waiting where calls[call.run] == nil {
            calls[call.run] = call.chat
            if call.chat == .none { continue }
            if callsByChat[call.chat] == nil { parked += events[call.chat]?.count ?? 0 }
            callsByChat[call.chat, default: 0] += 1
        }
    }

    private mutating func unblock(_ run: String) {
        guard let chat = calls.removeValue(forKey: run), let count = callsByChat[chat] else { return }
        callsByChat[chat] = count > 1 ? count - 1 : nil
        guard count == 1, let waiting = events[chat] else { return }
        parked -= waiting.count
        callToWork(on: chat)
    }
}

extension PendingEvent {
    fileprivate var isWake: Bool { if case .wake = event.body { true } else { false } }
}
