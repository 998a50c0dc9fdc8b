public import Foundation

extension Parameter where Input == String {
    /// A text. Rules may leave it out if there is a default.
    public static func text(_ name: String, default fallback: String? = nil) -> Self {
        Self(name, .text, default: fallback) { $0.asText }
    }

    /// One of some texts.
    public static func text(_ name: String, oneOf choices: String..., default fallback: String? = nil) -> Self
    {
        Self(name, .text, choices: choices, default: fallback) { value in
            value.asText.flatMap { choices.contains($0) ? $0 : nil }
        }
    }
}

extension Parameter where Input: RawRepresentable<String> & CaseIterable {
    /// One of the cases of an enumeration, by its raw value.
    public static func choice(_ name: String, of type: Input.Type, default fallback: Input? = nil) -> Self {
        Self(name, .text, choices: Input.allCases.map(\.rawValue), default: fallback) { value in
            value.asText.flatMap(Input.init)
        }
    }
}

extension Parameter where Input == Int {
    /// A whole number.
    public static func whole(_ name: String, default fallback: Int? = nil) -> Self {
        Self(name, .number, default: fallback) { $0.asInt }
    }
}

extension Parameter where Input == Decimal {
    /// A number, exactly as people write it.
    public static func number(_ name: String, default fallback: Decimal? = nil) -> Self {
        Self(name, .number, default: fallback) { $0.asDecimal }
    }
}

extension Parameter where Input == Bool {
    /// True or false; rules may also say yes or no.
    public static func flag(_ name: String, default fallback: Bool? = nil) -> Self {
        Self(name, .flag, default: fallback) { $0.asFlag }
    }
}

extension Parameter where Input == Timestamp {
    /// An instant: a time that a rule has, `2026-11-28T10:00:00Z`, or seconds since 1970-01-01 00:00 UTC.
    public static func time(_ name: String, default fallback: Timestamp? = nil) -> Self {
        Self(name, .time, default: fallback) { $0.asTime }
    }
}

extension Parameter where Input == [Value] {
    /// Values in order. A single text is a list of one.
    public static func list(_ name: String, default fallback: [Value]? = nil) -> Self {
        Self(name, .list, default: fallback) { $0.asList }
    }
}

extension Parameter where Input == [String] {
    /// Texts in order. A single text is a list of one.
    public static func texts(_ name: String, default fallback: [String]? = nil) -> Self {
        Self(name, .list, default: fallback) { value in
            let texts = value.asList?.map(\.asText)
            return texts.flatMap { $0.contains(nil) ? nil : $0.compactMap(\.self) }
        }
    }
}

extension Parameter where Input == Value {
    /// Anything.
    public static func any(_ name: String, default fallback: Value? = nil) -> Self {
        Self(name, .any, default: fallback) { $0 }
    }
}

extension Parameter where Input: Decodable {
    /// A map or list of a shape of your own.
    public static func json(_ name: String, as type: Input.Type, default fallback: Input? = nil) -> Self {
        Self(name, .any, default: fallback) { try? $0.decoded(as: type) }
    }
}
