import BotKit
import Foundation
import Store

/// An event that a handler has died of again and again, for people and as JSON.
struct QuarantineLine: Encodable {
    var account: String
    var event: String
    var handler: String
    var rule: String
    var time: Date
    /// What is known of its death: the reason, and what it said last.
    var reason: String

    init(_ call: QuarantinedCall) {
        (account, event, handler) = (call.account.rawValue, call.event, call.handler)
        (rule, time, reason) = (call.rule, Date(call.time), call.reason)
    }

    var text: String {
        "\(time.formatted(.iso8601)) \(handler), rule \(rule), event \(event)\n  "
            + reason.replacing("\n", with: "\n  ")
    }
}
