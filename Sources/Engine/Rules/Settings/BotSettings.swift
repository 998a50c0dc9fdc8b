package import BotKit
import Foundation

/// Where the bot lives and what it speaks: how dates, times and numbers are written.
package struct BotSettings: Hashable, Sendable {
    /// An IANA zone such as `Asia/Shanghai`.
    package let timezone: String
    /// A BCP 47 language such as `zh` or `en-GB`.
    package let language: String
    /// The accounts that the rules serve, by id; nil for all.
    package let accounts: [String]?

    package init(timezone: String = "UTC", language: String = "en", accounts: [String]? = nil) {
        self.timezone = timezone
        self.language = language
        self.accounts = accounts
    }
}

extension BotSettings {
    /// Reads `2026-11-23 10:00` by the bot's clock; nil if it is no such day and time.
    package func moment(of text: String) -> Timestamp? {
        text.count == 16 ? Timestamp(iso: text, in: zone) : nil
    }

    /// The day that it is then by the bot's clock, such as `2026-11-23`.
    func day(of time: Timestamp) -> String {
        let wall = time.seconds + WallTime(zone: zone).offset(at: time.seconds)
        return CivilDate(dayNumber: Int((Double(wall) / 86_400).rounded(.down))).iso
    }

    private var zone: TimeZone { TimeZone(identifier: timezone) ?? .gmt }

    /// Reads how long ago something began, such as `7d` or `1h30m`, or when by the bot's clock; nil if it is neither.
    package func beginning(of text: String, now: Timestamp) -> Timestamp? {
        if let length = duration(Substring(text)) { return now + (.zero - length) }
        return moment(of: text)
    }

    /// What `time(of:after:)` reads, for messages.
    static let timeForms = "one such as \"18:30\", \"2026-11-23 18:30\" or \"2026-11-23T18:30:00+01:00\""

    /// Reads a moment, with an offset or by the bot's clock, or the next time that it is so late on the bot's clock.
    /// Nil if it is neither.
    func time(of text: String, after now: Timestamp) -> Timestamp? {
        if text.count != 5 { return Timestamp(iso: text, in: zone) }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.count == 2 }), let hour = wholeNumber(parts[0]),
            let minute = wholeNumber(parts[1]), hour < 24, minute < 60
        else { return nil }
        return Schedule.next(minute: hour * 60 + minute, in: zone, after: now)
    }

    init(_ node: Node?, in reading: Reading) {
        guard let node, !node.isBlank, let fields = Fields(node, .bot, in: reading) else {
            self.init()
            return
        }
        self.init(
            timezone: fields["timezone"].flatMap(reading.timezone) ?? "UTC",
            language: fields["language"].flatMap(reading.language) ?? "en",
            accounts: fields["accounts"].map { reading.texts(in: $0) })
    }
}

extension Reading {
    /// The name of an IANA zone.
    func timezone(_ node: Node) -> String? {
        guard let name = text(node) else { return nil }
        let known = TimeZone.knownTimeZoneIdentifiers
        if name == "UTC" || known.contains(name) { return name }
        if name.contains("/"), TimeZone(identifier: name) != nil { return name }
        let meant = nearest(to: name, among: known)
        let hint = meant == nil ? ", expected one such as Asia/Shanghai" : ""
        error("\(quoted(name)) is not a time zone\(hint)", at: node.position, suggestion: meant)
        return nil
    }

    fileprivate func language(_ node: Node) -> String? {
        guard let tag = text(node) else { return nil }
        if isLanguageTag(tag) { return tag }
        error("\(quoted(tag)) is not a language, expected one such as en, zh or pt-BR", at: node.position)
        return nil
    }
}

/// Whether a text has the shape of a BCP 47 language tag.
func isLanguageTag(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard let first = parts.first, (2...3).contains(first.count),
        first.allSatisfy({ $0.isASCII && $0.isLetter })
    else { return false }
    return parts.dropFirst().allSatisfy { part in
        (1...8).contains(part.count) && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
    }
}
