import Store

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
        here: [
            "version", "bot", "accounts", "limits", "include", "words", "texts", "audiences",
            "quiet_hours", "webhooks", "bots", "vars", "defaults", "rules", "tests",
        ])

    static let includedFile = Keys(
        place: "an included file",
        here: [
            "version", "words", "texts", "audiences", "quiet_hours", "webhooks", "bots", "vars", "rules",
            "tests",
        ])

    static let bot = Keys(place: "bot", here: ["timezone", "language", "accounts"])

    static let account = Keys(
        place: "an account",
        here: ["id", "network", "user", "password", "server", "proxy", "device", "limits"])

    static let server = Keys(
        place: "server",
        here: ["name_service", "long_link", "short_link", "backup", "login_key", "login_key_version", "tls"])

    static let backup = Keys(place: "backup", here: ["long_link", "short_link"])

    static let device = Keys(place: "device", here: ["name", "kind", "language", "timezone"])

    static let limits = Keys(
        place: "limits", here: ActionKind.ofLimits.map(\.rawValue) + ["warm_up", "when_slowed"])

    /// Of messages, which are in chats.
    static let messageLimits = Keys(
        place: "such a limit", here: ["per_account", "per_chat", "per_group", "per_day", "burst", "jitter"])

    /// Of what is in no chat.
    static let actionLimits = Keys(
        place: "such a limit", here: ["per_account", "per_day", "burst", "jitter"])

    static let warmUp = Keys(place: "warm_up", here: ["from", "over"])

    static let whenSlowed = Keys(place: "when_slowed", here: ["rate", "pause", "recover"])

    static let rule = Keys(
        place: "a rule", here: ["id", "name", "enabled", "when", "if", "then", "else"] + ruleTerms)

    static let defaults = Keys(place: "defaults", here: ruleTerms)

    private static let ruleTerms = [
        "continue", "order", "cooldown", "limit", "mode", "per", "max", "overflow", "max_age", "expires",
        "quiet", "priority", "timeout", "trace", "on_error",
    ]

    static let trigger = Keys(
        place: "a trigger",
        here: [
            "message", "friend_request", "friend_added", "friend_lost", "group", "schedule", "webhook", "bot",
            "event",
        ])

    static let message = Keys(
        place: "message",
        here: [
            "in", "from", "not_from", "kind", "says", "contains", "contains_all", "not_contains",
            "starts_with", "ends_with", "matches", "mentions_me", "ignore_case", "normalise", "whole_words",
        ])

    static let friendRequest = Keys(
        place: "friend_request", here: ["says_any", "matches", "source", "not_from"])

    static let friendChange = Keys(place: "this trigger", here: ["source"])

    static let group = Keys(place: "group", here: ["event", "in"])

    static let schedule = Keys(
        place: "schedule",
        here: ["at", "days", "every", "cron", "on", "timezone", "jitter", "missed", "within"])

    static let botTrigger = Keys(place: "bot", here: ["event"])

    static let eventTrigger = Keys(place: "event", here: ["name", "data"])

    static let condition = Keys(
        place: "a condition",
        here: ["time", "sender", "chat", "var", "chance", "count", "any", "all", "not", "expr"])

    static let time = Keys(place: "time", here: ["between", "days", "not_between"])

    static let contact = Keys(
        place: "this condition", here: ["tagged", "not_tagged", "friend", "in", "not_in"])

    static let variableTest = Keys(
        place: "a variable's test", here: ["at_least", "at_most", "is_not", "matches"])

    static let count = Keys(place: "count", here: ["of", "within", "at_least", "at_most"])

    /// What a step may be; each has exactly one of these.
    static let stepHeads = [
        "reply", "send", "accept_friend", "decline_friend", "choose", "repeat", "set", "add", "clear", "tag",
        "untag", "invite", "forward", "recall", "emit", "log", "alert", "wait", "ask", "http", "call",
        "broadcast", "stop",
    ]

    static let step = Keys(
        place: "a step", here: stepHeads + callKeys + ["if", "on_error", "save_as", "id"],
        later: ["kick"])

    /// What stands beside `call`.
    static let callKeys = ["with", "timeout", "retries"]

    static let botProgram = Keys(
        place: "a bot",
        here: ["path", "args", "environment", "memory", "cpu", "concurrency", "permissions"])

    static let reply = Keys(
        place: "reply", here: ["text", "card", "image", "file", "voice", "video", "quote", "mention"])

    static let send = Keys(
        place: "send",
        here: [
            "to", "text", "card", "image", "file", "voice", "video", "at", "expires", "key", "priority",
        ])

    static let audience = Keys(
        place: "an audience",
        here: [
            "tagged", "not_tagged", "in_group", "friends", "active_within", "users", "any_of", "all_of",
            "except",
        ])

    static let broadcast = Keys(
        place: "broadcast",
        here: [
            "to", "text", "card", "image", "file", "voice", "video", "pace", "window", "approve", "once_per",
            "stop_after_errors", "report_to", "expires", "priority",
        ])

    static let broadcastWindow = Keys(place: "window", here: ["from", "to"])

    static let acceptFriend = Keys(place: "accept_friend", here: ["tag", "remark", "reason"])

    static let declineFriend = Keys(place: "decline_friend", here: ["reason"])

    static let branch = Keys(place: "a branch of choose", here: ["if", "then", "else"])

    static let loop = Keys(place: "repeat", here: ["times", "for_each", "as", "do"])

    static let variable = Keys(place: "this step", here: ["scope", "name", "value", "expires"])

    static let clear = Keys(place: "clear", here: ["scope", "name"])

    static let tag = Keys(place: "this step", here: ["to", "tags"])

    static let invite = Keys(place: "invite", here: ["to", "who"])

    static let forward = Keys(place: "forward", here: ["to"])

    static let emit = Keys(place: "emit", here: ["name", "data"])

    static let wait = Keys(place: "wait", here: ["until"])

    static let ask = Keys(
        place: "ask",
        here: [
            "text", "expect", "choices", "between", "matches", "save_as", "retries", "retry_text", "timeout",
            "on_timeout", "cancel_words", "from",
        ])

    static let http = Keys(place: "http", here: ["to", "json", "form", "text"])

    static let webhook = Keys(
        place: "a webhook",
        here: ["url", "method", "headers", "sign_with", "timeout", "retries", "allow_private"])

    static let webhookTrigger = Keys(
        place: "webhook", here: ["path", "method", "secret", "open", "json", "reply"])

    static let givenWebhook = Keys(place: "webhook", here: ["path", "method", "json", "text"])

    static let givenAnswer = Keys(place: "an answer", here: ["status", "json", "text", "error"])

    static let quietHours = Keys(
        place: "quiet hours", here: ["from", "to", "days", "then", "except"])

    static let test = Keys(place: "a test", here: ["given", "expect"])

    static let given = Keys(
        place: "given",
        here: [
            "message", "friend_request", "schedule", "event", "data", "from", "chat", "at", "source",
            "tagged", "vars", "mentions_me", "webhook", "answers", "http", "handler",
        ])

    static let expect = Keys(
        place: "expect", here: ["rule", "replies", "sends", "emits", "accepts", "http", "broadcasts"])
}
