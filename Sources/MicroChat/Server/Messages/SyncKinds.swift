/// Kinds of records, as a sync's selector and a notice's body name them (docs/protocol-extensions.md, "Sync by kind").
struct SyncKinds: OptionSet, Sendable {
    let rawValue: UInt32

    /// The own profile.
    static let profile = SyncKinds(rawValue: 1)
    /// Messages.
    static let messages = SyncKinds(rawValue: 2)
    /// Contacts and their removals.
    static let contacts = SyncKinds(rawValue: 4)
    /// All of them: 7.
    static let everything: SyncKinds = [.profile, .messages, .contacts]
}

extension SyncKinds {
    /// What a request's selector asks for. Other bits mean nothing here; a selector of nothing else, or none, asks for
    /// everything, as it always did.
    init(selector: UInt32) {
        let known = SyncKinds(rawValue: selector).intersection(.everything)
        self = known.isEmpty ? .everything : known
    }
}
