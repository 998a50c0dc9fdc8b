import FoundationEssentials

/// What an inspection found, in the shape of JSON, so that a line can nest a message whose fields are only known at
/// run time.
package enum InspectedValue: Hashable, Sendable, Codable, ExpressibleByDictionaryLiteral,
    ExpressibleByStringLiteral
{
    case null
    case bool(Bool)
    case number(Int64)
    case fraction(Double)
    case string(String)
    case list([InspectedValue])
    case object([String: InspectedValue])

    package init(dictionaryLiteral members: (String, InspectedValue)...) {
        self = .object(Dictionary(members) { $1 })
    }

    package init(stringLiteral text: String) { self = .string(text) }

    init(_ number: some BinaryInteger) { self = .number(Int64(clamping: number)) }

    /// Bytes as hex digits.
    init(hex bytes: some Sequence<UInt8>) { self = .string(HexText.digits(bytes)) }

    /// A member of an object. Setting nil takes it away; anything but an object has no members.
    package subscript(name: String) -> InspectedValue? {
        get {
            guard case .object(let members) = self else { return nil }
            return members[name]
        }
        set {
            guard case .object(var members) = self else { return }
            members[name] = newValue
            self = .object(members)
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .number(value)
        } else if let value = try? container.decode(Double.self) {
            self = .fraction(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([InspectedValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: InspectedValue].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .fraction(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
