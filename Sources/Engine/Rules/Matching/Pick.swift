import BotKit

/// Chance that is the same at every try: drawn from what the event is called, not from a generator.
enum Pick {
    /// One of `count` texts, and not the one that was said last if there is another.
    static func index(of count: Int, for event: EventID, list: String, last: Int?) -> Int {
        guard count > 1 else { return 0 }
        let hash = fnv1a(event.rawValue.utf8, [0x2F], list.utf8)
        guard let last, (0..<count).contains(last) else { return Int(hash % UInt64(count)) }
        let index = Int(hash % UInt64(count - 1))
        return index < last ? index : index + 1
    }

    /// A number from 0 to 100, 100 excluded.
    static func percent(for event: EventID, salt: String) -> Double {
        Double(fnv1a(event.rawValue.utf8, [0x2F], salt.utf8) >> 11) / Double(1 << 53) * 100
    }

    /// A number from 0 up to `bound`, which is excluded and above 0.
    static func number(below bound: Int64, for name: String, salt: String) -> Int64 {
        Int64(fnv1a(name.utf8, [0x2F], salt.utf8) % UInt64(max(1, bound)))
    }

    /// What random numbers about something come from.
    static func seed(for name: String) -> UInt64 { fnv1a(name.utf8) }

    /// A few letters that are others for another text.
    static func fingerprint(of text: String) -> String { String(fnv1a(text.utf8), radix: 36) }

    /// A length of time between two others.
    static func length(in span: ClosedRange<Duration>, for event: EventID, salt: String) -> Duration {
        let range = span.upperBound - span.lowerBound
        return span.lowerBound + range * (percent(for: event, salt: salt) / 100)
    }

    /// FNV-1a, finished by mixing the high bits down: the low bits alone are poor for ids that differ at the end.
    private static func fnv1a(_ parts: any Sequence<UInt8>...) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for part in parts {
            for byte in part { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        hash ^= hash >> 32
        return hash ^ (hash >> 16)
    }
}
