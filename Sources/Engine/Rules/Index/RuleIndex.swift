import BotKit
import Synchronization

/// The one place that says which rules can match a message: its texts are looked at once, and the work does not grow
/// with the number of rules.
///
/// Each trigger is found by one of its keys, its gate: a text key if it has one, else who wrote the message or where.
final class RuleIndex: Sendable {
    private let forms: [TextIndex]
    private let ruleCount: Int
    private let checkCount: Int
    /// For each text key that is a gate, its rule; -1 for the others.
    private let ruleOfGate: [Int]
    private let bySender: [String: [Int]]
    private let byChat: [String: [Int]]
    /// Rules with schedules, by their ids: a time that has come is one rule's.
    private let scheduled: [String: [Int]]
    /// Rules with a trigger that has no gate, by what starts it.
    private let ungated: [TriggerHead: [Int]]
    /// Lent to one decision at a time.
    private let idle = Mutex<[Scan]>([])

    init(_ rules: [Rule], cache: ScannerCache?) {
        var checks: [TextCheck] = []
        var gates: [Int: Int] = [:]
        var bySender: [String: [Int]] = [:]
        var byChat: [String: [Int]] = [:]
        var scheduled: [String: [Int]] = [:]
        var ungated: [TriggerHead: [Int]] = [:]
        for (number, rule) in rules.enumerated() {
            for trigger in rule.triggers {
                checks += trigger.texts
                // A key that must not hold is no way in.
                if let gate = trigger.texts.first(where: { !$0.isNegated }) {
                    gates[gate.number] = number
                } else if case .message(let trigger) = trigger, let from = trigger.from {
                    for reference in from { bySender[reference.name, default: []].append(number) }
                } else if case .message(let trigger) = trigger, let place = trigger.place, place.kinds.isEmpty
                {
                    for reference in place.chats { byChat[reference.name, default: []].append(number) }
                } else if case .schedule = trigger {
                    scheduled[rule.id] = [number]
                } else {
                    ungated[trigger.head, default: []].append(number)
                }
            }
        }
        forms = Dictionary(grouping: checks, by: \.form).map { TextIndex($1, form: $0, cache: cache) }
        ruleCount = rules.count
        checkCount = (checks.map(\.number).max() ?? -1) + 1
        ruleOfGate = (0..<checkCount).map { gates[$0] ?? -1 }
        self.bySender = bySender
        self.byChat = byChat
        self.scheduled = scheduled
        self.ungated = ungated
    }

    /// Lends a scan for the time of `body`; nil if nothing is to be scanned for, or memory ran out: then each rule looks
    /// for itself.
    func withScan<Value>(_ body: (Scan?) throws -> Value) rethrows -> Value {
        let scan = idle.withLock { $0.popLast() } ?? makeScan()
        defer {
            if let scan {
                scan.clear()
                idle.withLock { $0.append(scan) }
            }
        }
        return try body(scan)
    }

    private func makeScan() -> Scan? {
        Scanner.Scratch(for: forms.flatMap(\.scanners)).map { Scan(checks: checkCount, scratch: $0) }
    }

    /// The rules to try on a message, in the order in which they are tried.
    func candidates(for view: inout EventView) -> [Int] {
        guard let scan = view.scan else { return Array(0..<ruleCount) }
        if case .scheduled(let time) = view.event.body { return scheduled[time.rule] ?? [] }
        var rules = ungated[view.head] ?? []
        guard view.head == .message || view.head == .friendRequest else { return rules }
        for index in forms { index.look(at: view.bytes(index.form), scan) }
        for check in scan.hits where ruleOfGate[check] >= 0 { rules.append(ruleOfGate[check]) }
        let circumstances = view.circumstances
        if let sender = view.sender {
            Self.add(to: &rules, from: bySender, id: sender.rawValue, circumstances.sender)
        }
        Self.add(to: &rules, from: byChat, id: view.event.chat.rawValue, circumstances.chat)
        guard rules.count > 1 else { return rules }
        rules.sort()
        var last = -1
        rules.removeAll { rule in
            defer { last = rule }
            return rule == last
        }
        return rules
    }

    /// Whom or what a name in a rules file can mean: see `Reference`.
    private static func add(
        to rules: inout [Int], from names: [String: [Int]], id: String, _ contact: Contact?
    ) {
        guard !names.isEmpty else { return }
        for name in [id, contact?.name, contact?.remark].compactMap(\.self) { rules += names[name] ?? [] }
    }
}
