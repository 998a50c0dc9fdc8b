package import BotKit
import Store

/// How what would leave compares with what left, counted.
package struct ReplayTally: Hashable, Sendable {
    package var same = 0
    package var new = 0
    package var gone = 0
    package var different = 0

    /// What rules had put into the outbox.
    package var before: Int { same + gone + different }
    /// What rules would put into it.
    package var after: Int { same + new + different }
    /// How many of both do not agree.
    package var differences: Int { new + gone + different }

    mutating func add(_ kind: Difference.Kind) {
        switch kind {
        case .new: new += 1
        case .gone: gone += 1
        case .different: different += 1
        }
    }
}

/// An event because of which something else would leave than did.
package struct DifferingEvent: Sendable {
    /// Its place in the journal.
    package let number: Int64
    package let event: Event
    /// By the clock of the decision.
    package let time: Timestamp
    package let chatName: String
    /// Who is behind it; empty for nobody.
    package let sender: String
    /// The same by name.
    package let senderName: String
    package let differences: [Difference]
}

/// What rules would have made of a past, beside what was made of it.
package struct ReplayReport: Sendable {
    /// Events of the period, without those that rules emitted.
    package internal(set) var events = 0
    /// Those of them that nobody has decided yet: they are not compared.
    package internal(set) var undecided = 0
    /// Rows of the journal that make no sense: they are left out.
    package internal(set) var unreadable = 0
    /// Events about which rules emitted others without end.
    package internal(set) var cut = 0
    /// Answers of runs that would wait for what the record does not tell: they are not compared.
    package internal(set) var afterWaits = 0
    /// Variables that nobody knows the value of at the start of the period, because rules have changed them in it.
    package internal(set) var unknownVariables = 0
    package internal(set) var total = ReplayTally()
    /// By the id of the rule.
    package internal(set) var rules: [String: ReplayTally] = [:]
    package internal(set) var chats: [ChatID: ReplayTally] = [:]
    /// Names of the chats, where they have one.
    package internal(set) var chatNames: [ChatID: String] = [:]
    package internal(set) var differingEvents = 0
    /// The first of them.
    package internal(set) var listed: [DifferingEvent] = []

    mutating func add(_ comparison: Comparison) {
        afterWaits += comparison.afterWaits
        for departure in comparison.same {
            total.same += 1
            rules[departure.rule, default: ReplayTally()].same += 1
            chats[departure.chat, default: ReplayTally()].same += 1
        }
        for difference in comparison.differences {
            total.add(difference.kind)
            rules[difference.rule, default: ReplayTally()].add(difference.kind)
            chats[difference.chat, default: ReplayTally()].add(difference.kind)
        }
    }
}
