import NIOCore

/// Puts the answers of one link into the order of their requests, whichever is ready first.
struct AnswerQueue<Answer> {
    /// Names a request until it is answered.
    struct Ticket: Hashable, Sendable {
        fileprivate let number: Int
    }

    private enum Slot {
        case open
        /// Nil: there is nothing to send.
        case done(Answer?)
    }

    private var slots = CircularBuffer<Slot>()
    private var first = 0

    /// How many requests are not answered yet, or wait behind one that is not.
    var count: Int { slots.count }

    mutating func enqueue() -> Ticket {
        slots.append(.open)
        return Ticket(number: first + slots.count - 1)
    }

    /// Takes an answer; gives those that may leave now, in order.
    mutating func complete(_ ticket: Ticket, with answer: Answer?) -> [Answer] {
        let offset = ticket.number - first
        guard offset >= 0, offset < slots.count else { return [] }
        slots[slots.index(slots.startIndex, offsetBy: offset)] = .done(answer)
        var ready: [Answer] = []
        while case .done(let answer)? = slots.first {
            slots.removeFirst()
            first += 1
            if let answer { ready.append(answer) }
        }
        return ready
    }
}
