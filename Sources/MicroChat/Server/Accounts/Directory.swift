import Synchronization

/// Every account, friendship and room as of now, in memory: no send asks the database who is who.
///
/// Each change is taken over by itself once it is on disk. What others have changed is read anew as a whole.
final class Directory: Sendable {
    private struct State {
        var snapshot: DirectorySnapshot
        /// The reload that the snapshot comes from.
        var reload = 0
        var reloads = 0
        /// While a reload is under way: what it may not have seen.
        var reloadsUnderWay = 0
        var recent: [(position: Int64, changes: [Change])] = []

        mutating func endReload() {
            reloadsUnderWay -= 1
            if reloadsUnderWay == 0 { recent = [] }
        }
    }

    private let state: Mutex<State>

    init(_ snapshot: DirectorySnapshot) { state = Mutex(State(snapshot: snapshot)) }

    /// For changes beside a server, which reads them by itself.
    static let empty = Directory(DirectorySnapshot())

    /// A row's new state.
    enum Change: Sendable {
        case standing(Standing?, of: Int32, inListOf: Int32)
        case account(Account)
        case room(Room)
    }

    /// Grows with each reload that is taken over.
    var generation: Int { state.withLock { $0.reload } }

    /// Every account's number.
    var uins: [Int32] { state.withLock { Array($0.snapshot.accounts.keys) } }

    /// The account with a number.
    func account(_ uin: Int32) -> Account? { state.withLock { $0.snapshot.accounts[uin] } }

    /// The account with a login name, phone number or wxid.
    func account(forLogin name: String) -> Account? {
        state.withLock { state in
            let snapshot = state.snapshot
            return snapshot.account("name:" + name) ?? snapshot.account("mobile:" + name)
                ?? snapshot.account(name)
        }
    }

    /// The account with a wxid, or the v1 name that may stand in for it.
    func account(wxid: String) -> Account? { state.withLock { $0.snapshot.account(wxid) } }

    /// The room with a wxid.
    func room(wxid: String) -> Room? { state.withLock { $0.snapshot.rooms[wxid] } }

    /// How `contact` stands in the list of `owner`; nil if it is not there.
    func standing(of contact: Int32, inListOf owner: Int32) -> Standing? {
        state.withLock { $0.snapshot.standings[.init(owner: owner, contact: contact)] }
    }

    /// Takes over what a transaction has changed, in the order of commits.
    ///
    /// - Parameter position: where the log was then, which tells whether a snapshot has the changes already.
    func apply(_ changes: [Change], at position: Int64) {
        guard !changes.isEmpty else { return }
        state.withLock { state in
            if state.reloadsUnderWay > 0 { state.recent.append((position, changes)) }
            guard position > state.snapshot.position else { return }
            for change in changes { state.snapshot.apply(change) }
        }
    }

    /// To be called before a snapshot is read.
    ///
    /// - Returns: what to end the reload with.
    func beginReload() -> Int {
        state.withLock { state in
            state.reloadsUnderWay += 1
            state.reloads += 1
            return state.reloads
        }
    }

    /// Takes over what has been read.
    ///
    /// - Parameter prepare: run before anybody sees the new directory.
    /// - Returns: what `prepare` gave; nil if a reload that began later has ended already: it has seen all that this one
    ///   was for.
    @discardableResult
    func endReload<Value>(
        _ reload: Int, with snapshot: DirectorySnapshot, prepare: () -> Value
    ) -> Value? {
        state.withLock { state in
            defer { state.endReload() }
            guard reload > state.reload else { return nil }
            var snapshot = snapshot
            for (position, changes) in state.recent where position > snapshot.position {
                for change in changes { snapshot.apply(change) }
            }
            let value = prepare()
            state.snapshot = snapshot
            state.reload = reload
            return value
        }
    }

    /// A reload that could not be read.
    func abandonReload() { state.withLock { $0.endReload() } }
}

extension Directory {
    /// An account.
    struct Account: Sendable {
        let uin: Int32
        let name: String
        let wxid: String
        let v1: String
        let nick: String
        let password: PasswordHash
        var mobile = ""
        var needsApproval = true
        var loginCheck = LoginCheck.none
        /// The digest of the picture; empty if there is none.
        var picture = ""
    }

    /// How somebody stands in another's list.
    enum Standing: Sendable { case friend, blocked }

    /// A chat room, as far as sending needs to know it.
    struct Room: Sendable {
        let id: Int64
        let wxid: String
        let members: [Int32]
    }
}
