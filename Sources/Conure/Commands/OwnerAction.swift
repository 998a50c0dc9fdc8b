import ArgumentParser
import BotKit
import Foundation
import Store

/// What every command has with which the owner makes an account do something: it goes through the outbox like all that
/// leaves, so it works beside a running bot, keeps the limits, and survives a crash.
struct OwnerAction: ParsableArguments {
    @OptionGroup var data: DataOption
    @OptionGroup var json: JSONOption
    @Option(help: "Which of the bot's accounts; the only one if there is one.") var account: String?
    @Option(help: "Seconds to wait for the outcome; 0 only puts it into the outbox.") var wait = 30.0
    @Option(help: "Seconds after which it is no longer worth doing.") var expires = 3600.0

    func validate() throws {
        guard (0...86_400).contains(wait) else {
            throw ValidationError("--wait is \(wait), expected 0 to 86400")
        }
        guard (1...604_800).contains(expires) else {
            throw ValidationError("--expires is \(expires), expected 1 to 604800")
        }
    }

    /// The store and the account in it.
    func open() async throws -> Desk {
        let store = try data.folder.existingStore()
        let accounts = try await store.accounts().map(\.id)
        if let account {
            guard accounts.contains(AccountID(account)) else {
                throw Failure(
                    "there is no account '\(account)', only \(accounts.map(\.rawValue).joined(separator: ", "))"
                )
            }
            return Desk(action: self, store: store, account: AccountID(account))
        }
        guard let only = accounts.first, accounts.count == 1 else {
            throw Failure(
                "say which with --account: \(accounts.map(\.rawValue).joined(separator: ", "))")
        }
        return Desk(action: self, store: store, account: only)
    }

    /// Where the owner's orders are taken.
    struct Desk {
        let action: OwnerAction
        let store: Store
        let account: AccountID

        /// Does one thing and tells what came of it; exits with 1 if it failed.
        func perform(_ effect: Effect, in chat: ChatID, answering event: Int64 = 0) async throws {
            if let row = try await outcome(of: effect, in: chat, answering: event) { try report(row) }
        }

        /// Does one thing.
        ///
        /// - Returns: its row once that is settled; nil if nobody waits for it.
        func outcome(
            of effect: Effect, in chat: ChatID, answering event: Int64 = 0
        ) async throws -> OutboxRow? {
            let clock = SystemClock()
            let number = try await store.enqueue(
                effect, in: chat, answering: event, of: account, lifetime: .seconds(action.expires),
                now: clock.now)
            guard action.wait > 0 else {
                try say(number: number, state: "waiting")
                return nil
            }
            let deadline = clock.now + .seconds(action.wait)
            while true {
                let row = try await store.outboxRow(number, of: account)
                if let row, row.isSettled { return row }
                guard clock.now < deadline else {
                    let isRunning = Endpoints.current(in: action.data.folder) != nil
                    throw Failure(
                        """
                        number \(number) is still \(row?.state ?? "waiting")\(row?.reason.isEmpty == false ? ": \(row?.reason ?? "")" : "")\
                        \(isRunning ? "" : "; no bot runs on \(action.data.folder.path), it is done when one does")
                        """)
                }
                try await Task.sleep(for: .milliseconds(50))
            }
        }

        func report(_ row: OutboxRow) throws {
            guard row.state == "sent" else {
                throw Failure("number \(row.number) \(row.state): \(row.reason)")
            }
            try say(number: row.number, state: row.state, answer: row.answer)
        }

        private func say(number: Int64, state: String, answer: String = "") throws {
            if action.json.isOn {
                print(try JSONLine.text(OutcomeLine(id: number, state: state, answer: answer)))
            } else {
                print("number \(number) \(state)\(answer.isEmpty ? "" : " \(answer)")")
            }
        }

        /// The chat, person or room that a word means: its id, or the one name or remark that it has.
        func find(_ word: String) async throws -> ChatID {
            let known = try await store.contacts(of: account, includingStrangers: true).map(\.contact)
            if known.contains(where: { $0.id == word }) { return ChatID(word) }
            let named = known.filter { [$0.name, $0.remark, $0.alias].contains(word) }
            guard let found = named.first else {
                throw Failure("'\(word)' is nobody that \(account) knows: use an id, a name or a remark")
            }
            guard named.count == 1 else {
                throw Failure(
                    "'\(word)' could be \(named.map(\.id).joined(separator: " or ")): use the id")
            }
            return ChatID(found.id)
        }

        func find(_ words: [String]) async throws -> [PersonID] {
            var people: [PersonID] = []
            for word in words { people.append(PersonID(try await find(word).rawValue)) }
            return people
        }
    }
}

private struct OutcomeLine: Encodable {
    var id: Int64
    var state: String
    /// JSON in a text: what it holds depends on what was done.
    var answer: String
}
