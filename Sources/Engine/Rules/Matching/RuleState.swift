package import BotKit
package import Store

/// What rules remember and know, as a decision sees it. What the decision changes is applied after it.
package protocol RuleState: AnyObject {
    /// When a rule started, newest first, not before `since` and no more than `limit` of them.
    func starts(of rule: String, in scope: StoredState.RunScope, since: Timestamp, limit: Int) throws
        -> [Timestamp]
    /// How many messages of others a chat has had since then, up to the one that is being decided; counting ends at
    /// `limit`.
    func messages(in chat: ChatID, since: Timestamp, limit: Int) throws -> Int
    /// The value of a variable; nil if it has none or none any more.
    func value(of variable: Variable) throws -> Value?
    /// All variables of an owner that have a value.
    func variables(of owner: Variable.Owner) throws -> [String: Value]
    /// The tags of a person or room, in order.
    func tags(of id: String) throws -> [String]
    /// Which of a list of texts a chat got last.
    func lastPick(of list: String, in chat: ChatID) throws -> Int?
    /// The account itself, if it is known.
    func me() throws -> PersonID?
    /// What is known of a person or room with this id.
    func contact(_ id: String) throws -> Contact?
    /// People, or rooms, that are called so; more than one is nobody in particular.
    func contacts(called name: String, kind: ChatKind) throws -> [Contact]
    /// How somebody said that they had found the account when they last asked to be a friend, in the network's words.
    func friendSource(of person: PersonID) throws -> String?
    /// The newest message of the bot's own in a chat that can still be taken back.
    func lastSent(in chat: ChatID) throws -> SentMessage?
    /// Whether there has been a broadcast under this name.
    func hasBroadcast(_ key: String) throws -> Bool
    /// Runs of a rule under a key that have not ended: those that have begun, oldest first, then those that wait for
    /// their turn.
    func waitingRuns(of rule: String, key: String, limit: Int) throws -> [WaitingRun]
    /// The run that waits for a message of this person in this chat; the one that asked last.
    func question(in chat: ChatID, of person: PersonID) throws -> WaitingRun?
    /// A run that has not ended; nil if it has.
    func waitingRun(_ id: String) throws -> WaitingRun?
    /// The event that started a run.
    func trigger(of run: WaitingRun) throws -> PendingEvent?
}

extension StoredState: RuleState {}
