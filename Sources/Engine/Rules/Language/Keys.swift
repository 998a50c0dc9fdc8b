/// The keys that may stand at one place of the file.
struct Keys: Sendable {
    /// What a key of this place belongs to, for messages: `a rule`.
    let place: String
    /// The keys of this version.
    let here: [String]
    /// Keys that the language has and this version does not: refused by name.
    var later: [String] = []
}

/// The whole language, place by place: what is here and what is still to come.
extension Keys {
    static let file = Keys(
        place: "the file",
        here: ["version", "bot", "accounts", "limits", "words", "texts", "rules"],
        later: ["include", "audiences", "quiet_hours", "webhooks", "vars", "defaults", "tests"])

    static let bot = Keys(place: "bot", here: ["timezone", "language"], later: ["accounts"])

    static let account = Keys(
        place: "an account",
        here: ["id", "network", "user", "password", "server", "proxy", "device", "limits"])

    static let server = Keys(
        place: "server",
        here: ["name_service", "long_link", "short_link", "backup", "login_key", "login_key_version", "tls"])

    static let backup = Keys(place: "backup", here: ["long_link", "short_link"])

    static let device = Keys(place: "device", here: ["name", "kind", "language", "timezone"])

    static let limits = Keys(
        place: "limits", here: ["messages"],
        later: [
            "messages_to_strangers", "friend_accepts", "friend_requests", "invites", "lookups", "warm_up",
            "when_slowed",
        ])

    static let messageLimits = Keys(
        place: "messages", here: ["per_account", "per_chat", "per_group", "burst"],
        later: ["per_day", "jitter"])

    static let rule = Keys(
        place: "a rule", here: ["id", "name", "enabled", "when", "then", "continue"],
        later: [
            "if", "else", "order", "cooldown", "limit", "mode", "per", "max", "overflow", "quiet", "max_age",
            "expires",
            "priority", "timeout", "on_error", "trace",
        ])

    static let trigger = Keys(
        place: "a trigger", here: ["message"],
        later: [
            "friend_request", "friend_added", "friend_lost", "group", "schedule", "webhook", "bot", "event",
        ])

    static let message = Keys(
        place: "message",
        here: [
            "in", "from", "not_from", "says", "contains", "starts_with", "ends_with", "matches",
            "ignore_case",
            "normalise",
        ],
        later: ["kind", "contains_all", "not_contains", "mentions_me", "whole_words"])

    static let step = Keys(
        place: "a step", here: ["reply"],
        later: [
            "send", "broadcast", "accept_friend", "decline_friend", "wait", "ask", "choose", "repeat", "call",
            "http",
            "set", "add", "clear", "tag", "untag", "invite", "kick", "forward", "recall", "emit", "log",
            "alert",
            "stop", "if", "save_as", "on_error", "id",
        ])

    static let reply = Keys(
        place: "reply", here: ["text"], later: ["image", "file", "card", "quote", "mention"])
}
