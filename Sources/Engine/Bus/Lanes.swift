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
    /// Events decided and committed together at most: enough to share what a transaction costs, few enough that nobody
    /// else who writes waits long.
    private static let batch = 128
    /// How many of them may be of one chat, so that a chat with much to do does not hold up the others.
    private static let mostOfOne = 32

    private var lanes: [ChatID: Lane] = [:]
    /// Chats that have something to decide, in the order of their turns.
    private var ready: [ChatID] = []
    /// Runs that wait for a handler.
    private var calls: [String: WaitingCall] = [:]
    private var held = 0
    /// How many of those held have to wait for a handler.
    private var parked = 0

    private struct Lane {
        var wakes: ArraySlice<PendingEvent> = []
        var others: ArraySlice<PendingEvent> = []
        /// How many runs wait for a handler.
        var calls = 0
        /// Whether it is among those that are ready.
        var isReady = false
        /// How many are taken of it at a time: one where each may call a handler, which the others then wait for.
        var share = Lanes.mostOfOne

        var canGoOn: Bool { !wakes.isEmpty || calls == 0 && !others.isEmpty }
        var isIdle: Bool { wakes.isEmpty && others.isEmpty && calls == 0 && !isReady }

        /// Takes the oldest that can be decided now.
        mutating func next() -> PendingEvent? {
            guard calls == 0, let other = others.first else { return wakes.popFirst() }
            if let wake = wakes.first, wake.number < other.number { return wakes.popFirst() }
            return others.popFirst()
        }

        mutating func append(_ event: PendingEvent) {
            if event.isWake { wakes.append(event) } else { others.append(event) }
        }

        /// Puts events that were taken before all others.
        mutating func putBack(_ events: [PendingEvent]) {
            share = 1
            wakes = events.filter(\.isWake) + wakes
            others = events.filter { !$0.isWake } + others
        }
    }

    /// Whether the engine has caught up enough to take more.
    var hasRoom: Bool {
        held - parked < Self.mostHeld && parked < Self.mostParked && calls.count < Self.mostCalls
    }

    mutating func add(_ page: [PendingEvent]) {
        held += page.count
        for event in page { change(event.event.chat) { $0.append(event) } }
    }

    /// What to decide next, in order within each chat; empty if nothing can be decided now.
    mutating func next() -> [PendingEvent] {
        var batch: [PendingEvent] = []
        var turns = 0
        for chat in ready {
            guard batch.count < Self.batch else { break }
            turns += 1
            change(chat) { lane in
                lane.isReady = false
                let most = min(batch.count + lane.share, Self.batch)
                while batch.count < most, let event = lane.next() { batch.append(event) }
            }
        }
        ready.removeFirst(turns)
        return batch
    }

    /// Takes note of what was decided of a batch.
    mutating func take(_ decided: Store.Decided, of batch: [PendingEvent]) {
        held -= batch.count - decided.left.count
        for (chat, left) in Dictionary(grouping: decided.left, by: \.event.chat) {
            change(chat) { $0.putBack(left) }
        }
        for run in decided.othersOfRuns {
            guard let chat = calls.removeValue(forKey: run)?.chat else { continue }
            if chat != .none { change(chat) { $0.calls -= 1 } }
        }
        block(decided.calls)
    }

    /// Calls that are waited for and not written down.
    var firstCalls: [FirstCall] { calls.values.compactMap(\.first) }

    /// Takes those of some calls that are still waited for and not written down, to have that done.
    mutating func takeFirstCalls(among some: [FirstCall]) -> [FirstCall] {
        let slow = some.filter { calls[$0.run.id]?.first === $0 }
        for call in slow { calls[call.run.id]?.first = nil }
        return slow
    }

    /// Holds up the chats of runs that wait for a handler.
    mutating func block(_ waiting: [WaitingCall]) {
        for call in waiting where calls.updateValue(call, forKey: call.run) == nil && call.chat != .none {
            change(call.chat) { $0.calls += 1 }
        }
    }

    private mutating func change(_ chat: ChatID, _ body: (inout Lane) -> Void) {
        var lane = lanes.removeValue(forKey: chat) ?? Lane()
        if lane.calls > 0 { parked -= lane.others.count }
        body(&lane)
        if lane.calls > 0 { parked += lane.others.count }
        if lane.canGoOn, !lane.isReady {
            lane.isReady = true
            ready.append(chat)
        }
        if !lane.isIdle { lanes[chat] = lane }
    }
}

extension PendingEvent {
    fileprivate var isWake: Bool { if case .wake = event.body { true } else { false } }
}
