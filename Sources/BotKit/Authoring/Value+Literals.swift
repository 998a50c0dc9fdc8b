import Foundation

extension Value {
    /// A number.
    public init(_ number: Int) { self = .number(Decimal(number)) }

    /// A text.
    public init(_ text: String) { self = .text(text) }

    /// True or false.
    public init(_ flag: Bool) { self = .flag(flag) }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    /// A text.
    public init(stringLiteral text: String) { self = .text(text) }
}

extension Value: ExpressibleByIntegerLiteral {
    /// A number.
    public init(integerLiteral number: Int) { self = .number(Decimal(number)) }
}

extension Value: ExpressibleByFloatLiteral {
    /// A number: 0.1 is 0.1.
    public init(floatLiteral number: Double) {
        self = .number(Decimal(string: "\(number)") ?? Decimal(number))
    }
}

extension Value: ExpressibleByBooleanLiteral {
    /// True or false.
    public init(booleanLiteral flag: Bool) { self = .flag(flag) }
}

extension Value: ExpressibleByArrayLiteral {
    /// Values in order.
    public init(arrayLiteral list: Value...) { self = .list(list) }
}

extension Value: ExpressibleByDictionaryLiteral {
    /// Values by name; of two under one name the later is kept.
    public init(dictionaryLiteral entries: (String, Value)...) {
        self = .map(Dictionary(entries, uniquingKeysWith: { $1 }))
    }
}
