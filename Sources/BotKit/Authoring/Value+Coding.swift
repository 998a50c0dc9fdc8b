import Foundation

extension Value {
    /// The value that something encodes itself as. Times are `.time`, be they `Timestamp` or Foundation's `Date`.
    ///
    /// - Throws: what its `encode(to:)` throws.
    public init(encoding something: some Encodable) throws {
        switch something {
        case let value as Value: self = value
        case let text as String: self = .text(text)
        case let number as Int: self = .number(Decimal(number))
        case let flag as Bool: self = .flag(flag)
        case let number as Decimal: self = .number(number)
        case let time as Timestamp: self = .time(time)
        default:
            let encoder = JSONEncoder()
            encoder.dateEncodingStrategy = .custom { date, encoder in
                try Timestamp(date).encode(to: encoder)
            }
            self = try JSONDecoder().decode(Value.self, from: encoder.encode(something))
        }
    }

    /// The value as something of another type.
    ///
    /// - Throws: what that type's `init(from:)` throws, if the value has another shape.
    public func decoded<Result: Decodable>(as type: Result.Type = Result.self) throws -> Result {
        if let value = self as? Result { return value }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { try Timestamp(from: $0).date }
        return try decoder.decode(type, from: JSONEncoder().encode(self))
    }
}
