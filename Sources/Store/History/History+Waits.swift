package import BotKit
import DurableSQLite

extension History {
    /// What came of what a run waited for the n-th time, by the record, and when.
    package func outcome(
        ofWait turn: Int, of run: String
    ) throws -> (time: Timestamp, outcome: RunWake.Outcome)? {
        for outcome in ["done", "failed"] {
            let found = try db.all(
                "SELECT \(HistoricEvent.columns) FROM event WHERE account = ? AND id = ?", account.rawValue,
                "wake:\(run):\(turn):\(outcome)", read: HistoricEvent.init
            ).first
            if let found, case .wake(let wake) = found.event.body {
                return (found.decided ?? found.received, wake.outcome)
            }
        }
        return nil
    }
}
