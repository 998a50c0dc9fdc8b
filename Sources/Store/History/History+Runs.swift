package import BotKit
import DurableSQLite

extension History {
    /// Goes through the runs of these rules in the period, as the traces of events tell them.
    ///
    /// - Parameter body: is told the rule, the chat, and who was behind the event; that is empty for nobody.
    package func forEachRun(of rules: Set<String>, _ body: (String, ChatID, PersonID) -> Void) throws {
        let page = 4096
        var last = first - 1
        while true {
            let events = try db.all(
                """
                SELECT number, chat, sender, trace FROM event
                WHERE account = ? AND number > ? AND trace <> '' ORDER BY number LIMIT ?
                """,
                account.rawValue, last, page
            ) { row in
                // Most events start none of them: their chat and sender are not looked at.
                let started = [TraceLine].startedRules(in: row.text(3)).filter(rules.contains)
                return (
                    number: row.integer(0), rules: started, chat: started.isEmpty ? "" : row.text(1),
                    sender: started.isEmpty ? "" : row.text(2)
                )
            }
            for event in events {
                for rule in event.rules { body(rule, ChatID(event.chat), PersonID(event.sender)) }
            }
            guard events.count == page, let end = events.last?.number else { return }
            last = end
        }
    }
}

extension [TraceLine] {
    /// The rules that ran, of a trace as it stands in a row.
    fileprivate static func startedRules(in text: String) -> [String] {
        text.utf8.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let parts = line.split(
                separator: UInt8(ascii: "\t"), maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, parts[1].elementsEqual("then".utf8) || parts[1].elementsEqual("else".utf8)
            else { return nil }
            return String(Substring(parts[0]))
        }
    }
}
