/// Decides when a push notice goes out (MicroChat wire protocol, section 12): at once if none is on its way, else once
/// the client has fetched or a moment has passed. So notices merge, and one follows the last item.
struct NoticePacing {
    /// What the link has to do.
    enum Action: Equatable {
        case nothing
        case send
        /// Ask again, by `momentPassed`, in a moment.
        case wait
    }

    private enum State {
        /// The client has answered the last notice, or there was none.
        case idle
        /// A notice is on its way, and nothing has come since.
        case told
        /// A notice is on its way, and something has come since.
        case toldTooEarly
    }

    private var state = State.idle
    private var isWaiting = false

    mutating func itemWaits() -> Action {
        switch state {
        case .idle:
            state = .told
            return .send
        case .told, .toldTooEarly:
            state = .toldTooEarly
            if isWaiting { return .nothing }
            isWaiting = true
            return .wait
        }
    }

    mutating func syncBegins() { state = .idle }

    mutating func momentPassed() -> Action {
        isWaiting = false
        guard state == .toldTooEarly else { return .nothing }
        state = .told
        return .send
    }
}
