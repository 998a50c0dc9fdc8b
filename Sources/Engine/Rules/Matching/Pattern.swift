import CRE2
import Synchronization

/// A regular expression. Matching takes time linear in the text, whoever wrote the expression.
///
/// It is compiled to be checked, and again when it is first looked for: most expressions of a large file are looked for
/// never, because the index passes over them, and compiled they take some kilobytes each.
final class Pattern: Sendable {
    /// The expression, in RE2's own syntax.
    let text: String
    let ignoresCase: Bool
    /// The names of the groups that have one, with their numbers.
    let groups: [(name: String, number: Int)]
    private let compiled = Mutex<CompiledPattern?>(nil)
    private let spanCount: Int

    /// Why an expression is no good, and which part of it, if that is known.
    struct Problem: Error {
        let message: String
        let part: String
    }

    /// Checks an expression in RE2's own syntax.
    init(_ expression: String, ignoringCase: Bool) throws(Problem) {
        text = expression
        ignoresCase = ignoringCase
        let groups = try CompiledPattern(expression, ignoringCase: ignoringCase).namedGroups
        var names: Set<String> = []
        for (name, _) in groups where !names.insert(name).inserted {
            throw Problem(message: "two groups have the name \(name)", part: "(?P<\(name)>")
        }
        self.groups = groups
        spanCount = (groups.map(\.number).max() ?? 0) + 1
    }

    /// Looks for the expression anywhere in UTF-8 text.
    ///
    /// - Returns: the named groups that took part; nil if it does not match.
    func match(_ text: [UInt8]) -> [String: String]? {
        // RE2 is much faster when it need not say where, and most texts do not match.
        var none: [cre2_span] = []
        guard find(text, &none) else { return nil }
        if groups.isEmpty { return [:] }
        var spans = [cre2_span](repeating: cre2_span(start: -1, length: 0), count: spanCount)
        guard find(text, &spans) else { return nil }
        var values: [String: String] = [:]
        for group in groups where spans[group.number].start >= 0 {
            let span = spans[group.number]
            values[group.name] = String(decoding: text[span.start..<span.start + span.length], as: UTF8.self)
        }
        return values
    }

    private func find(_ text: [UInt8], _ spans: inout [cre2_span]) -> Bool {
        ready?.find(text, &spans) ?? false
    }

    /// Nil only if memory has run out.
    private var ready: CompiledPattern? {
        compiled.withLock { compiled in
            if let compiled { return compiled }
            compiled = try? CompiledPattern(text, ignoringCase: ignoresCase)
            return compiled
        }
    }
}

// Shared by all threads without a lock: RE2 promises that matching, all that is done after `init`, is thread-safe.
/// An expression as RE2 has compiled it.
@safe private final class CompiledPattern: @unchecked Sendable {
    private let handle: OpaquePointer

    /// What one expression may take, compiled and with its caches.
    private static let maximumMemory: Int64 = 8 << 20

    init(_ expression: String, ignoringCase: Bool) throws(Pattern.Problem) {
        var text = expression
        let compiled = text.withUTF8 { utf8 in
            unsafe utf8.withMemoryRebound(to: CChar.self) { characters in
                unsafe cre2_compile(
                    characters.baseAddress, characters.count, ignoringCase, Self.maximumMemory)
            }
        }
        guard let compiled = unsafe compiled else {
            throw Pattern.Problem(message: "memory ran out", part: "")
        }
        if let error = unsafe cre2_error(compiled) {
            let problem = unsafe Pattern.Problem(
                message: cre2_is_too_large(compiled) ? "it is too large" : String(cString: error),
                part: String(cString: cre2_error_part(compiled)))
            unsafe cre2_free(compiled)
            throw problem
        }
        unsafe handle = compiled
    }

    deinit { unsafe cre2_free(handle) }

    var namedGroups: [(name: String, number: Int)] {
        let count = unsafe Int(cre2_group_count(handle))
        return (0..<count).compactMap { index in
            guard let name = unsafe cre2_group_name(handle, Int32(clamping: index + 1)) else { return nil }
            return unsafe (String(cString: name), index + 1)
        }
    }

    func find(_ text: [UInt8], _ spans: inout [cre2_span]) -> Bool {
        unsafe text.withUnsafeBufferPointer { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                unsafe spans.withUnsafeMutableBufferPointer { spans in
                    unsafe cre2_match(
                        handle, characters.baseAddress, characters.count, spans.baseAddress,
                        Int32(clamping: spans.count))
                }
            }
        }
    }
}
