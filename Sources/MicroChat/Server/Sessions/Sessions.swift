import MicroChatWire
import Synchronization

/// Who is logged in: one session per account, in memory (MicroChat wire protocol, section 8.4).
final class Sessions: Sendable {
    /// What a request's cookie names.
    enum Found: Sendable {
        case live(Session)
        /// Ended by another login of the account.
        case kicked(Session)
        case unknown
    }

    /// Sessions that were kicked are told so for as long as there are not this many newer ones.
    private static let rememberedKicks = 4096

    private struct Entry {
        let session: Session
        var isKicked = false
    }

    private struct State {
        var entries: [Cookie: Entry] = [:]
        var live: [Int32: Cookie] = [:]
        var links: [Int32: LongLink] = [:]
        /// When the login of the live session arrived, as a place among all logins.
        var arrivals: [Int32: Int] = [:]
        var kicked: [Cookie] = []
        var oldestKick = 0

        /// Marks a session as kicked and forgets the oldest such one if there are too many.
        mutating func kick(_ cookie: Cookie, remembering limit: Int) {
            entries[cookie]?.isKicked = true
            if kicked.count < limit {
                kicked.append(cookie)
            } else {
                entries[kicked[oldestKick]] = nil
                kicked[oldestKick] = cookie
                oldestKick = (oldestKick + 1) % limit
            }
        }
    }

    private let state = Mutex(State())

    /// Begins a session; an older one of the account is over.
    ///
    /// - Parameter arrival: the login's place among all logins. Logins are worked on side by side; one that was
    ///   overtaken by a later one of the account must not end that one's session: its client may be long gone.
    /// - Returns: the long link of the older one.
    func start(_ session: Session, arrival: Int) -> LongLink? {
        state.withLock { state in
            if state.live[session.uin] != nil, state.arrivals[session.uin] ?? 0 > arrival {
                state.entries[session.cookie] = Entry(session: session)
                state.kick(session.cookie, remembering: Self.rememberedKicks)
                return nil
            }
            state.arrivals[session.uin] = arrival
            let link = state.links.removeValue(forKey: session.uin)
            if let old = state.live[session.uin] { state.kick(old, remembering: Self.rememberedKicks) }
            state.entries[session.cookie] = Entry(session: session)
            state.live[session.uin] = session.cookie
            return link
        }
    }

    /// Makes a link the one that the session's notices go to.
    ///
    /// - Returns: false if the session is over already.
    func attach(_ link: LongLink, to session: Session) -> Bool {
        state.withLock { state in
            guard state.live[session.uin] == session.cookie else { return false }
            state.links[session.uin] = link
            return true
        }
    }

    /// Makes a link the one that a living session's notices go to, instead of another.
    ///
    /// - Returns: false if the session is over already.
    func move(_ session: Session, to link: LongLink) -> Bool {
        let (isLive, older) = state.withLock { state -> (Bool, LongLink?) in
            guard state.live[session.uin] == session.cookie else { return (false, nil) }
            return (true, state.links.updateValue(link, forKey: session.uin))
        }
        if let older, older !== link { older.replaced() }
        return isLive
    }

    /// A link is gone; its session stays.
    func detach(_ link: LongLink, from uin: Int32) {
        state.withLock { state in
            if state.links[uin] === link { state.links[uin] = nil }
        }
    }

    /// The session that a request names. A foreign uin is as good as no session.
    func find(_ cookie: Cookie, uin: Int32) -> Found {
        state.withLock { state in
            guard let entry = state.entries[cookie], entry.session.uin == uin else { return .unknown }
            return entry.isKicked ? .kicked(entry.session) : .live(entry.session)
        }
    }

    /// Where an account's notices go.
    func link(of uin: Int32) -> LongLink? { state.withLock { $0.links[uin] } }

    /// Ends the sessions of every account but these.
    ///
    /// - Returns: the long links of the ended ones.
    func end(allBut accounts: some Collection<Int32> & Sendable) -> [LongLink] {
        let kept = Set(accounts)
        return state.withLock { state in
            var links: [LongLink] = []
            for (uin, cookie) in state.live where !kept.contains(uin) {
                state.live[uin] = nil
                state.entries[cookie] = nil
                if let link = state.links.removeValue(forKey: uin) { links.append(link) }
            }
            return links
        }
    }

    /// Ends one session at its own request.
    func end(_ session: Session) {
        state.withLock { state in
            guard state.live[session.uin] == session.cookie else { return }
            state.live[session.uin] = nil
            state.links[session.uin] = nil
            state.entries[session.cookie] = nil
        }
    }
}
