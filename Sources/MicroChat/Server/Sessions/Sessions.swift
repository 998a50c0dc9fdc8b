import MicroChatWire
import Synchronization

/// Who is logged in: one session per device, in memory (MicroChat wire protocol, section 8.4, and
/// docs/protocol-extensions.md, "More than one device").
final class Sessions: Sendable {
    /// What a request's cookie names.
    enum Found: Sendable {
        case live(Session, Device)
        /// Ended by another login of the account on a device of that kind.
        case kicked(Session)
        case unknown
    }

    /// Sessions that were kicked are told so for as long as there are not this many newer ones.
    private static let rememberedKicks = 4096

    private struct Entry {
        let session: Session
        let device: Device
        var isKicked = false
    }

    private struct State {
        var entries: [Cookie: Entry] = [:]
        var live: [Device: Cookie] = [:]
        var links: [Device: LongLink] = [:]
        /// When the login of the live session arrived, as a place among all logins.
        var arrivals: [Device: Int] = [:]
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

    /// Begins a session; an older one of the device is over.
    ///
    /// - Parameter arrival: the login's place among all logins. Logins are worked on side by side; one that was
    ///   overtaken by a later one of the account must not end that one's session: its client may be long gone.
    /// - Returns: the long link of the older one.
    func start(_ session: Session, on device: Device, arrival: Int) -> LongLink? {
        state.withLock { state in
            if state.live[device] != nil, state.arrivals[device] ?? 0 > arrival {
                state.entries[session.cookie] = Entry(session: session, device: device)
                state.kick(session.cookie, remembering: Self.rememberedKicks)
                return nil
            }
            state.arrivals[device] = arrival
            let link = state.links.removeValue(forKey: device)
            if let old = state.live[device] { state.kick(old, remembering: Self.rememberedKicks) }
            state.entries[session.cookie] = Entry(session: session, device: device)
            state.live[device] = session.cookie
            return link
        }
    }

    /// Makes a link the one that the session's notices go to.
    ///
    /// - Returns: false if the session is over already.
    func attach(_ link: LongLink, to session: Session, on device: Device) -> Bool {
        state.withLock { state in
            guard state.live[device] == session.cookie else { return false }
            state.links[device] = link
            return true
        }
    }

    /// Makes a link the one that a living session's notices go to, instead of another.
    ///
    /// - Returns: false if the session is over already.
    func move(_ session: Session, on device: Device, to link: LongLink) -> Bool {
        let (isLive, older) = state.withLock { state -> (Bool, LongLink?) in
            guard state.live[device] == session.cookie else { return (false, nil) }
            return (true, state.links.updateValue(link, forKey: device))
        }
        if let older, older !== link { older.replaced() }
        return isLive
    }

    /// A link is gone; its session stays.
    func detach(_ link: LongLink, from device: Device) {
        state.withLock { state in
            if state.links[device] === link { state.links[device] = nil }
        }
    }

    /// The session that a request names. A foreign uin is as good as no session.
    func find(_ cookie: Cookie, uin: Int32) -> Found {
        state.withLock { state in
            guard let entry = state.entries[cookie], entry.session.uin == uin else { return .unknown }
            return entry.isKicked ? .kicked(entry.session) : .live(entry.session, entry.device)
        }
    }

    /// Where a device's notices go.
    func link(of device: Device) -> LongLink? { state.withLock { $0.links[device] } }

    /// Where an account's notices go: to every device, or to every other one than that which caused them.
    func links(of uin: Int32, besides slot: DeviceSlot? = nil) -> [LongLink] {
        state.withLock { state in
            DeviceSlot.allCases.compactMap { other in
                other == slot ? nil : state.links[Device(uin: uin, slot: other)]
            }
        }
    }

    /// The devices with a long link.
    var connected: [Device] { state.withLock { Array($0.links.keys) } }

    /// Ends the sessions of every account but these.
    ///
    /// - Returns: the long links of the ended ones.
    func end(allBut accounts: some Collection<Int32> & Sendable) -> [LongLink] {
        let kept = Set(accounts)
        return state.withLock { state in
            var links: [LongLink] = []
            for (device, cookie) in state.live where !kept.contains(device.uin) {
                state.live[device] = nil
                state.entries[cookie] = nil
                if let link = state.links.removeValue(forKey: device) { links.append(link) }
            }
            return links
        }
    }

    /// Ends one session at its own request.
    func end(_ session: Session) {
        state.withLock { state in
            guard let device = state.entries[session.cookie]?.device, state.live[device] == session.cookie
            else { return }
            state.live[device] = nil
            state.links[device] = nil
            state.entries[session.cookie] = nil
        }
    }
}
