import ArgumentParser
import BotKit
import Engine
import Foundation
import Store

/// Which rows of the outbox a command is about.
struct OutboxFilterOptions: ParsableArguments {
    enum State: String, ExpressibleByArgument, CaseIterable {
        case waiting, leased, unknown, sent, failed, expired, cancelled
    }

    @Option(name: .customLong("state"), help: "Only rows in this state; may be given again.")
    var states: [State] = []
    @Option(help: "Only those of this account.") var account: String?
    @Option(help: "Only those in this chat: an id, a name or a remark.") var chat: String?
    @Option(help: "Only those of this rule.") var rule: String?
    @Option(
        name: .customLong("kind"),
        help: "Only those of this kind, such as text or accept_friend; may be given again.")
    var kinds: [String] = []
    @Option(help: "Only those written longer ago than this: 90s, 10m, 2h, 3d.", transform: Age.init)
    var olderThan: Age?

    /// A length of time in words.
    struct Age {
        let length: Duration

        init(_ text: String) throws {
            guard let length = duration(text[...]) else {
                throw ValidationError("'\(text)' is no length of time, expected 90s, 10m, 2h or 3d")
            }
            self.length = length
        }
    }

    /// Whether anything is said at all.
    var isEmpty: Bool {
        states.isEmpty && account == nil && chat == nil && rule == nil && kinds.isEmpty && olderThan == nil
    }

    /// - Parameter states: which are meant if none is named.
    func filter(number: Int64? = nil, states usual: [String], now: Timestamp) -> OutboxFilter {
        OutboxFilter(
            account: account.map { AccountID($0) }, number: number,
            states: states.isEmpty ? usual : states.map(\.rawValue), chat: chat, rule: rule, kinds: kinds,
            before: olderThan.map { now + (.zero - $0.length) })
    }
}

/// A change to one row, or to all that a filter means.
struct OutboxOrder: ParsableArguments {
    @OptionGroup var data: DataOption
    @OptionGroup var json: JSONOption
    @Argument(help: "The row's number; none for all that the options mean.") var number: Int64?
    @OptionGroup var filter: OutboxFilterOptions
    @Flag(help: "Do not ask before more than one row is changed.") var yes = false

    func validate() throws {
        if number == nil, filter.isEmpty {
            throw ValidationError("say which: a number, or options such as --state or --chat")
        }
    }

    /// Does it, and tells what came of it; exits with 1 if nothing could be done.
    ///
    /// - Parameters:
    ///   - name: what it is called.
    ///   - usual: the states that are meant where neither a number nor a state is named.
    func perform(
        _ change: OutboxChange, _ name: String, usual: [String], mayDouble: Bool = false
    ) async throws {
        let store = try data.folder.existingStore()
        let now = SystemClock().now
        let filter = self.filter.filter(number: number, states: number == nil ? usual : [], now: now)
        let count = try await store.outboxCount(filter)
        if count == 0 {
            throw Failure(number.map { "the outbox has no number \($0)" } ?? "no row is meant by that")
        }
        if number != nil, count > 1 {
            throw Failure("more than one account has such a number, say which with --account")
        }
        if count > 1, !yes { try Self.ask("\(name) \(count) rows?") }
        let changed = try await store.change(filter, change, mayDouble: mayDouble, now: now)
        if json.isOn {
            print(try JSONLine.text(Line(changed)))
        } else {
            print("\(changed.count) row\(changed.count == 1 ? "" : "s"): \(name)")
        }
        guard changed.refused > 0 else { return }
        let reasons = changed.refusals.map { "number \($0.number): \($0.reason)" }.joined(separator: "\n")
        let rest = changed.refused - changed.refusals.count
        let told = reasons + (rest > 0 ? "\nand \(rest) more" : "")
        if changed.count == 0 { throw Failure(told) }
        FileHandle.standardError.write(Data((told + "\n").utf8))
    }

    private static func ask(_ question: String) throws {
        guard isatty(STDIN_FILENO) == 1 else { throw Failure("\(question) Say --yes if you mean it.") }
        FileHandle.standardOutput.write(Data((question + " [y/N] ").utf8))
        guard let answer = readLine()?.lowercased(), ["y", "yes"].contains(answer) else {
            throw Failure("nothing was changed")
        }
    }

    private struct Line: Encodable {
        struct Refusal: Encodable {
            var id: Int64
            var reason: String
        }

        var changed: Int
        var refused: Int
        /// The first few.
        var refusals: [Refusal]

        init(_ changed: OutboxChanged) {
            self.changed = changed.count
            refused = changed.refused
            refusals = changed.refusals.map { Refusal(id: $0.number, reason: $0.reason) }
        }
    }
}
