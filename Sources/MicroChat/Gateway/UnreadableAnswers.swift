import Synchronization

/// Counts the answers on a link that can't be read: two in a row are reason to reconnect (MicroChat wire protocol,
/// section 16).
final class UnreadableAnswers: Sendable {
    /// Why the link ends then.
    static let reason = "two answers in a row could not be read"

    private let inARow = Mutex(0)

    /// An answer could be read, whatever it says.
    func wasReadable() { inARow.withLock { $0 = 0 } }

    /// An answer could not be read.
    ///
    /// - Returns: whether it is time to reconnect. Then the count begins anew.
    func wasUnreadable() -> Bool {
        inARow.withLock { count in
            count = (count + 1) % 2
            return count == 0
        }
    }
}
