package import BotKit
import DurableSQLite

/// An event of the journal with what came of it.
package struct HistoricEvent: Sendable {
    /// Its place in the journal.
    package var number: Int64
    package var event: Event
    /// Who is behind it; empty for nobody.
    package var sender: PersonID
    package var received: Timestamp
    /// When it was decided; nil while it is not.
    package var decided: Timestamp?
    /// False for a row that makes no sense.
    package var isReadable: Bool
    /// What rules put into the outbox for it.
    package var departures: [Departure] = []
    /// What rules said to other rules about it, by its place among that.
    package var emitted: [Int: HistoricEvent] = [:]
}

extension HistoricEvent {
    static let columns =
        "number, id, chat, chat_kind, time, sender, own, kind, text, mentions, received, decided"

    init(_ row: Columns) {
        number = row.integer(0)
        sender = PersonID(row.text(5))
        let kind = row.text(7)
        event = Event(
            id: EventID(row.text(1)), chat: ChatID(row.text(2)),
            chatKind: ChatKind(rawValue: row.text(3)) ?? .private,
            time: Timestamp(microseconds: row.integer(4)),
            body: Event.Body(
                sender: sender, isOwn: row.bool(6), kind: kind, text: row.text(8),
                mentions: row.text(9)))
        received = Timestamp(microseconds: row.integer(10))
        decided = row.isNull(11) ? nil : Timestamp(microseconds: row.integer(11))
        // A row whose text does not fit its kind is read as a message that nobody understands.
        isReadable = event.body.kind == kind || kind.hasPrefix("other:")
    }
}
