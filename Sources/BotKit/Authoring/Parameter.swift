import Foundation

/// Something that a handler takes, by the name that it has under `with` in rules. Declared once, it is what `conure check`
/// compares rules with, and what gives the handler a value of the right type.
///
/// ```swift
/// takes: .text("number"), .whole("copies", default: 1), .choice("way", of: Way.self), .optional(.text("note"))
/// ```
public struct Parameter<Input: Sendable>: Sendable {
    package let declaration: ArgumentDeclaration
    /// Reads a value; nil if it is none of the kind.
    private let read: @Sendable (Value) -> Input?
    /// What it is if it is not given; nil if it must be.
    private let fallback: Input?

    package init(
        _ name: String, _ kind: ArgumentDeclaration.Kind, choices: [String]? = nil, default fallback: Input?,
        read: @escaping @Sendable (Value) -> Input?
    ) {
        declaration = ArgumentDeclaration(
            name: name, type: kind, required: fallback == nil, choices: choices)
        self.read = read
        self.fallback = fallback
    }

    package func value(in given: [String: Value]) throws -> Input {
        let value = given[declaration.name] ?? .missing
        if value == .missing {
            if let fallback { return fallback }
            throw Failure("'\(declaration.name)' is needed under 'with'")
        }
        if let input = read(value) { return input }
        let expected =
            declaration.choices.map { "one of \($0.joined(separator: ", "))" } ?? declaration.type.inWords
        throw Failure("'\(declaration.name)' is \(expected), and this is \(value.shown)")
    }
}

extension Parameter {
    /// An argument that rules may leave out; then it is nil.
    public static func optional<Wrapped>(_ argument: Parameter<Wrapped>) -> Self where Input == Wrapped? {
        Self(
            argument.declaration.name, argument.declaration.type, choices: argument.declaration.choices,
            default: .some(nil)
        ) { value in argument.read(value).map(Optional.some) }
    }
}

extension ArgumentDeclaration.Kind {
    package var inWords: String {
        switch self {
        case .text: "a text"
        case .number: "a number"
        case .flag: "true or false"
        case .time: "a time"
        case .list: "a list"
        case .any: "something else"
        }
    }
}

extension Value {
    /// The beginning of the value, for people.
    fileprivate var shown: String {
        if case .text(let text) = self { return "'\(text.prefix(60))'" }
        return String(json.prefix(60))
    }
}
