import BotKit
import Store

/// The language as a JSON Schema, for editors: made of the tables that the checker reads by, so that an editor
/// completes what may stand at a place, and underlines what may not.
package enum LanguageSchema {
    /// What a value is, as far as an editor needs to know.
    private indirect enum Shape {
        case text
        case flag
        /// Anything at all.
        case any
        /// One of a few words.
        case words([String])
        /// A list of these.
        case list(Shape)
        /// One of these, or a list of them.
        case listed(Shape)
        /// Any of these.
        case either([Shape])
        /// A map whose names the file's author gives.
        case map(Shape)
        /// The keys of a place.
        case keys(Place)
        /// Nothing, or a value.
        case optional(Shape)
    }

    private enum Place: String, CaseIterable {
        case file, bot, account, server, backup, device, limits, messageLimits = "message_limits"
        case actionLimits = "action_limits", warmUp = "warm_up", whenSlowed = "when_slowed", rule,
            defaults
        case trigger, message, friendRequest = "friend_request", group, schedule, botTrigger = "bot_trigger"
        case eventTrigger = "event_trigger", condition, time, contact, variableTest = "variable_test", count
        case step, reply, send, acceptFriend = "accept_friend", branch, loop = "repeat", variable, clear, tag
        case invite, forward, emit, wait, ask, http, webhook, webhookTrigger = "webhook_trigger", test, given
        case botProgram = "bot_program", declineFriend = "decline_friend", friendChange = "friend_change"
        case audience, broadcast, broadcastWindow = "broadcast_window"
        case givenWebhook = "given_webhook", givenAnswer = "given_answer", quietHours = "quiet_hours", expect
    }

    /// The schema, as JSON.
    package static var json: String {
        let places = Place.allCases.map { ($0.rawValue, schema(of: $0)) }
        return Value.map([
            "$schema": .text("https://json-schema.org/draft/2020-12/schema"),
            "title": .text("Rules of Conure"),
            "$ref": .text("#/$defs/file"),
            "$defs": .map(Dictionary(places, uniquingKeysWith: { first, _ in first })),
        ]).json
    }

    private static func schema(of place: Place) -> Value {
        let keys = keys(of: place)
        let properties = keys.here.map { ($0, value(shape(of: $0, in: place))) }
        var schema: [String: Value] = [
            "type": .text("object"), "additionalProperties": .flag(false),
            "properties": .map(Dictionary(properties, uniquingKeysWith: { first, _ in first })),
        ]
        let required = required(in: place)
        if !required.isEmpty { schema["required"] = .list(required.map(Value.text)) }
        return .map(schema)
    }

    private static func value(_ shape: Shape) -> Value {
        switch shape {
        // What looks like a number or a word for true is text to the checker all the same.
        case .text: .map(["type": .list(["string", "number", "boolean"].map(Value.text))])
        case .flag: .map(["enum": .list([.flag(true), .flag(false), .text("yes"), .text("no")])])
        case .any: .flag(true)
        case .words(let words): .map(["enum": .list(words.map(Value.text))])
        case .list(let item): .map(["type": .text("array"), "items": value(item)])
        case .listed(let item):
            .map([
                "anyOf": .list([value(item), .map(["type": .text("array"), "items": value(item)])])
            ])
        case .either(let shapes): .map(["anyOf": .list(shapes.map(value))])
        case .map(let item): .map(["type": .text("object"), "additionalProperties": value(item)])
        case .keys(let place): .map(["$ref": .text("#/$defs/\(place.rawValue)")])
        case .optional(let shape): .map(["anyOf": .list([.map(["type": .text("null")]), value(shape)])])
        }
    }

    private static func keys(of place: Place) -> Keys {
        switch place {
        case .file: .file
        case .bot: .bot
        case .account: .account
        case .server: .server
        case .backup: .backup
        case .device: .device
        case .limits: .limits
        case .messageLimits: .messageLimits
        case .actionLimits: .actionLimits
        case .warmUp: .warmUp
        case .whenSlowed: .whenSlowed
        case .rule: .rule
        case .defaults: .defaults
        case .trigger: .trigger
        case .message: .message
        case .friendRequest: .friendRequest
        case .group: .group
        case .schedule: .schedule
        case .botTrigger: .botTrigger
        case .eventTrigger: .eventTrigger
        case .condition: .condition
        case .time: .time
        case .contact: .contact
        case .variableTest: .variableTest
        case .count: .count
        case .step: .step
        case .reply: .reply
        case .send: .send
        case .acceptFriend: .acceptFriend
        case .branch: .branch
        case .loop: .loop
        case .variable: .variable
        case .clear: .clear
        case .tag: .tag
        case .invite: .invite
        case .forward: .forward
        case .emit: .emit
        case .wait: .wait
        case .audience: .audience
        case .broadcast: .broadcast
        case .broadcastWindow: .broadcastWindow
        case .quietHours: .quietHours
        case .ask: .ask
        case .http: .http
        case .webhook: .webhook
        case .webhookTrigger: .webhookTrigger
        case .botProgram: .botProgram
        case .declineFriend: .declineFriend
        case .friendChange: .friendChange
        case .givenWebhook: .givenWebhook
        case .givenAnswer: .givenAnswer
        case .test: .test
        case .given: .given
        case .expect: .expect
        }
    }

    private static func required(in place: Place) -> [String] {
        switch place {
        case .file: ["version"]
        case .account: ["id"]
        case .rule: ["id", "when", "then"]
        case .botTrigger: ["event"]
        case .eventTrigger, .emit, .clear: ["name"]
        case .count: ["of", "within"]
        case .send, .invite, .forward, .broadcast: ["to"]
        case .loop: ["do"]
        case .wait: ["until"]
        case .quietHours, .broadcastWindow: ["from", "to"]
        case .ask: ["text", "save_as"]
        case .http: ["to"]
        case .webhook: ["url"]
        case .webhookTrigger, .givenWebhook: ["path"]
        case .variable: ["name", "value"]
        case .tag: ["tags"]
        case .test: ["given", "expect"]
        default: []
        }
    }

    private static func shape(of key: String, in place: Place) -> Shape {
        let steps = Shape.listed(.keys(.step))
        let conditions = Shape.listed(.keys(.condition))
        switch (place, key) {
        case (.file, "bot"): return .keys(.bot)
        case (.file, "accounts"): return .list(.keys(.account))
        case (.file, "limits"), (.account, "limits"): return .keys(.limits)
        case (.file, "words"): return .map(.listed(.text))
        case (.file, "texts"): return .map(.either([.listed(.text), .map(.text)]))
        case (.file, "vars"), (.given, "vars"), (.given, "data"), (.eventTrigger, "data"), (.emit, "data"):
            return .map(.any)
        case (.file, "quiet_hours"): return .map(.keys(.quietHours))
        case (.rule, "quiet"), (.defaults, "quiet"): return .either([.text, .keys(.quietHours)])
        case (.quietHours, "then"): return .words(["hold", "drop"])
        case (.quietHours, "days"): return .listed(.words(TimeCheck.dayNames + ["weekdays", "weekend"]))
        case (.file, "audiences"): return .map(.either([.text, .keys(.audience)]))
        case (.broadcast, "to"): return .either([.text, .keys(.audience)])
        case (.audience, "any_of"), (.audience, "all_of"), (.audience, "except"):
            return .listed(.either([.text, .keys(.audience)]))
        case (.audience, "friends"): return .flag
        case (.step, "broadcast"): return .keys(.broadcast)
        case (.broadcast, "window"): return .keys(.broadcastWindow)
        case (.file, "webhooks"): return .map(.keys(.webhook))
        case (.file, "bots"): return .either([.listed(.text), .map(.optional(.keys(.botProgram)))])
        case (.botProgram, "environment"): return .map(.text)
        case (.step, "with"), (.given, "handler"): return .map(.any)
        case (.webhook, "headers"), (.http, "form"): return .map(.text)
        case (.webhook, "allow_private"), (.webhookTrigger, "open"): return .flag
        case (_, "method"): return .words(["POST", "PUT", "PATCH", "GET", "DELETE"])
        case (.http, "json"), (.givenWebhook, "json"), (.givenAnswer, "json"): return .any
        case (.webhookTrigger, "json"): return .map(.any)
        case (.trigger, "webhook"): return .keys(.webhookTrigger)
        case (.given, "webhook"): return .keys(.givenWebhook)
        case (.given, "http"): return .map(.keys(.givenAnswer))
        case (.step, "wait"): return .either([.text, .keys(.wait)])
        case (.step, "ask"): return .keys(.ask)
        case (.step, "http"): return .keys(.http)
        case (.ask, "on_timeout"): return steps
        case (.ask, "from"): return .words(["sender", "anyone"])
        case (.ask, "expect"):
            return .words(["text", "number", "date", "yes_no", "choice", "image", "regex"])
        case (.rule, "mode"), (.defaults, "mode"): return .words(RunMode.Kind.allCases.map(\.rawValue))
        case (.rule, "per"), (.defaults, "per"): return .words(["chat", "sender", "rule"])
        case (.rule, "overflow"), (.defaults, "overflow"): return .words(["drop_new", "drop_old"])
        case (.file, "defaults"): return .keys(.defaults)
        case (.file, "rules"): return .list(.keys(.rule))
        case (.file, "tests"): return .list(.keys(.test))
        case (.account, "server"): return .either([.words(["embedded"]), .keys(.server)])
        case (.account, "device"): return .keys(.device)
        case (.server, "backup"): return .keys(.backup)
        case (.limits, "warm_up"): return .either([.words(["none"]), .keys(.warmUp)])
        case (.limits, "when_slowed"): return .keys(.whenSlowed)
        case (.limits, _):
            let hasChats = ActionKind(rawValue: key)?.hasChats ?? false
            return .keys(hasChats ? .messageLimits : .actionLimits)
        case (.rule, "when"): return .listed(.keys(.trigger))
        case (.rule, "if"), (.step, "if"), (.branch, "if"), (.condition, "any"), (.condition, "all"),
            (.condition, "not"):
            return conditions
        case (_, "then"), (_, "else"), (_, "on_error"), (.loop, "do"): return steps
        case (.trigger, "message"): return .either([.listed(.text), .keys(.message)])
        case (.trigger, "friend_request"): return .optional(.keys(.friendRequest))
        case (.trigger, "group"): return .optional(.keys(.group))
        case (.trigger, "schedule"): return .keys(.schedule)
        case (.trigger, "bot"): return .keys(.botTrigger)
        case (.trigger, "event"): return .either([.text, .keys(.eventTrigger)])
        case (.trigger, "friend_added"), (.trigger, "friend_lost"): return .optional(.keys(.friendChange))
        case (.friendChange, "source"): return .listed(.words(FriendSource.allCases.map(\.rawValue)))
        case (.trigger, _): return .optional(.map(.any))
        case (.botTrigger, "event"): return .listed(.words(BotMoment.allCases.map(\.rawValue)))
        case (.group, "event"): return .listed(.words(GroupChange.Kind.allCases.map(\.rawValue)))
        case (.message, "kind"): return .listed(.words(MessageTrigger.kindNames))
        case (.friendRequest, "source"): return .listed(.words(FriendSource.allCases.map(\.rawValue)))
        case (.condition, "time"): return .keys(.time)
        case (.condition, "sender"), (.condition, "chat"): return .keys(.contact)
        case (.condition, "var"): return .map(.either([.listed(.text), .keys(.variableTest)]))
        case (.condition, "count"): return .keys(.count)
        case (.schedule, "missed"):
            return .words(Schedule.MissedPolicy.allCases.map(\.rawValue))
        case (.time, "days"), (.schedule, "days"):
            return .listed(.words(TimeCheck.dayNames + ["weekdays", "weekend"]))
        case (.time, _): return .any
        case (.rule, "trace"), (.defaults, "trace"): return .text
        case (_, "priority"): return .words(Priority.allCases.map(\.name))
        case (.step, "reply"): return .either([.text, .keys(.reply)])
        case (.step, "send"): return .keys(.send)
        case (.step, "accept_friend"): return .optional(.either([.flag, .keys(.acceptFriend)]))
        case (.step, "choose"): return .listed(.keys(.branch))
        case (.step, "repeat"): return .keys(.loop)
        case (.step, "set"), (.step, "add"): return .keys(.variable)
        case (.step, "clear"): return .keys(.clear)
        case (.step, "tag"), (.step, "untag"): return .either([.listed(.text), .keys(.tag)])
        case (.step, "invite"): return .either([.text, .keys(.invite)])
        case (.step, "forward"): return .either([.text, .keys(.forward)])
        case (.step, "emit"): return .either([.text, .keys(.emit)])
        case (.step, "decline_friend"): return .optional(.either([.text, .keys(.declineFriend)]))
        case (.step, "stop"): return .optional(.text)
        case (.variable, "scope"), (.clear, "scope"): return .words(VariableScope.allCases.map(\.rawValue))
        case (.test, "given"): return .keys(.given)
        case (.test, "expect"): return .keys(.expect)
        case (_, "continue"), (_, "enabled"), (_, "mentions_me"), (_, "ignore_case"), (_, "normalise"),
            (_, "whole_words"),
            (_, "quote"), (_, "accepts"), (.contact, "friend"):
            return .flag
        default: return .listed(.text)
        }
    }
}
