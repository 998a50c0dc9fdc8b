/// Decides when a push notice goes out (MicroChat wire protocol, section 12): at once if none is on its way, else once
/// the client has fetched or a moment has passed. So notices merge, and one follows the last item.
struct NoticePacing {
    /// What the link has to do.
    enum Action: Equatable {
        case nothing
        /// Tell that there is something of these kinds.
        case send(SyncKinds)
        /// Ask again, by `momentPassed`, in a moment.
        case wait
    }

    private enum State {
        /// The client has answered the last notice, or there was none.
        case idle
        /// A notice is on its way, and nothing has come since.
        case told
        /// A notice is on its way, and something of these kinds has come since.
        case toldTooEarly(SyncKinds)
    }

    private var state = State.idle
    private var isWaiting = false
    private var syncsByKind = false

    mutating func itemWaits(_ kinds: SyncKinds) -> Action {
        switch state {
        case .idle:
            state = .told
            return .send(kinds)
        case .told: state = .toldTooEarly(kinds)
        case .toldTooEarly(let others): state = .toldTooEarly(others.union(kinds))
        }
        if isWaiting { return .nothing }
        isWaiting = true
        return .wait
    }

    mutating func syncBegins(_ kinds: SyncKinds) {
        if kinds != .everything { syncsByKind = true }
        if case .toldTooEarly(let waiting) = state, !waiting.isSubset(of: kinds) {
            state = .toldTooEarly(waiting.subtracting(kinds))
        } else {
            state = .idle
        }
    }

    mutating func momentPassed() -> Action {
        isWaiting = false
        guard case .toldTooEarly(let kinds) = state else { return .nothing }
        state = .told
        return .send(kinds)
    }

    /// What a notice says. Clients that never asked for less than everything are told what they always were.
    func body(for kinds: SyncKinds) -> SyncKinds { syncsByKind ? kinds : .everything }
}
