import BotKit
import Foundation

/// Where a run of a rule is, and what it remembers: all that it needs to go on after a restart.
struct RunPlace: Hashable, Sendable, Codable {
    /// Which steps it takes: those of `then`, or of `else`.
    var isOtherwise = false
    /// The next of them.
    var step = 0
    /// The groups of the expression that started it.
    var groups: [String: String] = [:]
    var saved: [String: Value] = [:]
    /// The loops that it is in, the innermost last.
    var loops: [LoopPlace] = []
    /// What went wrong last.
    var failure: Failure?
    /// How many answers to the question that is open were none.
    var misses = 0
    /// When it got its turn, where it had to wait for that; then it has not taken up any time before.
    var started: Timestamp?
    /// What it has asked a handler, until the outcome is there.
    var call: PendingCall?
    /// Whether it has been told that it has taken too long.
    var isLate = false

    struct LoopPlace: Hashable, Sendable, Codable {
        /// The loop's beginning.
        let start: Int
        /// What it still has to go through.
        var rest: [Value]
        /// What each is called.
        let name: String?
    }

    struct Failure: Hashable, Sendable, Codable {
        let step: String
        let reason: String
    }

    /// As it is kept.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The place of a run that waits; nil if it cannot be read.
    init?(_ state: any RunState) {
        if let live = state as? LiveRunState { self = live.place } else { self.init(json: state.text) }
    }

    private init?(json: String) {
        guard let place = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else { return nil }
        self = place
    }

    init(isOtherwise: Bool, groups: [String: String]) {
        self.isOtherwise = isOtherwise
        self.groups = groups
    }
}

/// The place of a run that has begun to wait, and has not been written down yet.
struct LiveRunState: RunState {
    let rule: Rule
    let place: RunPlace
    /// What the handler is asked that it waits for, if that is known already.
    var request: HandlerRequest?

    init(_ rule: Rule, _ place: RunPlace) { (self.rule, self.place) = (rule, place) }

    var text: String { place.json }
}
