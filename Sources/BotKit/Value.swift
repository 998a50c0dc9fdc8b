public import Foundation

/// A value that rules and handlers keep and pass on: what JSON can say, and a decimal number in place of a binary one.
public enum Value: Hashable, Sendable {
    /// Nothing is there.
    case missing
    /// A text.
    case text(String)
    /// A number, as people write it: 0.1 is 0.1.
    case number(Decimal)
    /// True or false.
    case flag(Bool)
    /// An instant.
    case time(Timestamp)
    /// Values in order.
    case list([Value])
    /// Values by name.
    case map([String: Value])
}

extension Value {
    /// What kind of value it is, in words for people.
    public var kindInWords: String {
        switch self {
        case .missing: "nothing"
        case .text: "a text"
        case .number: "a number"
        case .flag: "true or false"
        case .time: "a time"
        case .list: "a list"
        case .map: "a map"
        }
    }
}

extension Value {
    /// Reads JSON. Numbers keep their digits.
    ///
    /// - Returns: nil if it is not JSON.
    public init?(json: String) {
        guard json.utf8.count <= 4 << 20,
            let value = try? JSONDecoder().decode(Value.self, from: Data(json.utf8))
        else { return nil }
        self = value
    }

    /// The value as JSON, keys in order. A time is a number of microseconds under `$time`.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }
}

extension Value: Codable {
    private static let timeKey = "$time"

    /// Reads what `encode` wrote, or any JSON.
    public init(from decoder: any Decoder) throws {
        let single = try decoder.singleValueContainer()
        if single.decodeNil() {
            self = .missing
        } else if let flag = try? single.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? single.decode(Decimal.self) {
            self = .number(number)
        } else if let text = try? single.decode(String.self) {
            self = .text(text)
        } else if let list = try? single.decode([Value].self) {
            self = .list(list)
        } else {
            let map = try single.decode([String: Value].self)
            if map.count == 1, case .number(let microseconds)? = map[Self.timeKey] {
                self = .time(Timestamp(microseconds: NSDecimalNumber(decimal: microseconds).int64Value))
            } else {
                self = .map(map)
            }
        }
    }

    /// Writes the value as JSON.
    public func encode(to encoder: any Encoder) throws {
        var single = encoder.singleValueContainer()
        switch self {
        case .missing: try single.encodeNil()
        case .text(let text): try single.encode(text)
        case .number(let number): try single.encode(number)
        case .flag(let flag): try single.encode(flag)
        case .time(let time): try single.encode([Self.timeKey: time.microseconds])
        case .list(let list): try single.encode(list)
        case .map(let map): try single.encode(map)
        }
    }
}
