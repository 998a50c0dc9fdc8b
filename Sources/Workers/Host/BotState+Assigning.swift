import BotKit

extension BotState {
    /// Gives those who wait to workers that have room, and has new ones started where there is none.
    mutating func assign(concurrency: Int, now: Instant) -> [Effect] {
        if isOver { return [] }
        var effects: [Effect] = []
        while let call = suspects.first, let id = reserve() {
            suspects.removeFirst()
            effects += give(call, to: id, now: now)
        }
        while let call = waiting.first, let id = room {
            waiting.removeFirst()
            effects += give(call, to: id, now: now)
        }
        let working = workers.values.filter { !$0.isLeaving }
        let hasWork =
            !waiting.isEmpty || !suspects.isEmpty || working.contains { $0.calls.count > 1 }
        if hasWork, working.count < concurrency,
            working.allSatisfy({ $0.isReady && !$0.calls.isEmpty })
        {
            if let nextStart, nextStart > now {
                if !isToTryAgain { effects.append(.tryAgain(at: nextStart)) }
                isToTryAgain = true
            } else {
                effects.append(.start(add()))
            }
        }
        if isRetired, waiting.isEmpty, suspects.isEmpty {
            for id in workers.keys { effects += leave(id) }
        }
        return effects
    }

    private mutating func give(_ call: Call, to id: Int, now: Instant) -> [Effect] {
        guard let worker = workers[id], let process = worker.process else { return [] }
        var call = call
        if worker.calls.isEmpty { call.began = now }
        workers[id]?.calls[call.ticket] = call
        let send = Effect.send(
            .invoke(id: call.ticket, call.invocation), to: process, ticket: call.ticket)
        guard worker.calls.isEmpty, let look = worker.look else { return [send] }
        return [send, .watch(look)]
    }

    /// The worker with the least to do that can take one more; nil if none can.
    private var room: Int? {
        workers.filter { _, worker in
            worker.isReady && !worker.isLeaving && !worker.isReserved
                && worker.calls.count < Self.mostCalls
        }.min { ($0.value.calls.count, $0.key) < ($1.value.calls.count, $1.key) }?.key
    }

    /// A worker that has nothing else to do. Until one has, the one with the least to do gets no more.
    private mutating func reserve() -> Int? {
        let ready = workers.filter { $0.value.isReady && !$0.value.isLeaving }
        let reserved = ready.first {
            $0.value.isReserved && !$0.value.calls.values.contains(where: \.isAlone)
        }
        let idlest = ready.filter { !$0.value.isReserved }.min {
            ($0.value.calls.count, $0.key) < ($1.value.calls.count, $1.key)
        }
        guard let (id, worker) = reserved ?? idlest else { return nil }
        workers[id]?.isReserved = true
        return worker.calls.isEmpty ? id : nil
    }

    /// Once somebody has got an answer, the time of who is next counts, and of those who were overtaken: such a worker
    /// does several things at a time.
    mutating func beginCounting(of id: Int, after ticket: Int, now: Instant) {
        guard let calls = workers[id]?.calls else { return }
        if calls.isEmpty { workers[id]?.isReserved = false }
        let next = calls.keys.min()
        for (other, call) in calls where call.began == nil && (other == next || other < ticket) {
            workers[id]?.calls[other]?.began = now
        }
    }

    mutating func add() -> Int {
        lastWorker += 1
        workers[lastWorker] = Worker(number: lastWorker)
        return lastWorker
    }

    mutating func leave(_ id: Int) -> [Effect] {
        guard let worker = workers[id], !worker.isLeaving, let process = worker.process else { return [] }
        workers[id]?.isLeaving = true
        return [.send(.drain, to: process, ticket: 0)] + (worker.look.map { [.watch($0)] } ?? [])
    }
}
