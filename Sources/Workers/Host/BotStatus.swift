/// How a bot is doing.
package struct BotStatus: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable {
        /// Nobody has asked it anything.
        case idle
        case running
        /// It cannot be started, or died of the last that it was asked.
        case failing
    }

    package var name: String
    package var state: State
    /// The numbers of its processes.
    package var pids: [Int32]
    package var handlers: [String]
    /// How often it has answered, and how often one of its processes has died, since the program started.
    package var invocations: Int
    package var deaths: Int
    /// What is wrong with it; empty if nothing is.
    package var problem: String
    /// Which of its limits the kernel enforces; nil before it was ever started.
    package var isolation: Isolation?
}
