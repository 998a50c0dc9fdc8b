import BotKit

/// What is remembered of a chat: the last turns, and how much they have cost today.
struct Talk: Codable, Equatable {
    struct Turn: Codable, Equatable {
        enum Role: String, Codable { case system, user, assistant }

        let role: Role
        let content: String
    }

    var turns: [Turn] = []
    /// Days since 1970-01-01.
    private var day: Int64 = 0
    private var spent = 0

    static let mostTurns = 20
    static let mostBytes = 12_000

    /// Adds a turn; the oldest are forgotten where there is no room.
    mutating func add(_ turn: Turn) {
        turns.append(turn)
        while turns.count > 1,
            turns.count > Self.mostTurns || turns.reduce(0, { $0 + $1.content.utf8.count }) > Self.mostBytes
        {
            turns.removeFirst()
        }
    }

    /// Counts tokens.
    ///
    /// - Returns: how many there were today, UTC.
    mutating func spend(_ tokens: Int, on time: Timestamp) -> Int {
        let today = time.seconds / 86_400
        if day != today { (day, spent) = (today, 0) }
        spent += tokens
        return spent
    }
}
