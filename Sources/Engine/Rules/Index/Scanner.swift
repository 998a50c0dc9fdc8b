import CSystemLibraries.Vectorscan

// Shared by all threads without a lock: a database is never written after `init`, and each scan brings its own scratch.
/// Many texts or expressions as one automaton: a text is looked at once, however many there are.
@safe final class Scanner: @unchecked Sendable {
    /// One of them: what to look for, and the number it is known by.
    struct Entry {
        // A number of its own for each: Vectorscan takes a quadratic time for entries that share one.
        /// UTF-8: a text, or an expression in RE2's syntax.
        let bytes: [UInt8]
        let number: UInt32
        /// For expressions; texts are looked for byte by byte.
        var ignoresCase = false
    }

    enum Kind {
        case texts
        /// Where RE2 matches an expression this says so; the reverse is for RE2 to confirm.
        case expressions
    }

    private let database: OpaquePointer

    private init(_ database: OpaquePointer) { unsafe self.database = database }

    typealias Compiled = (scanner: Scanner?, left: [UInt32])

    /// Compiles as many of them as can be.
    ///
    /// - Returns: the scanner, nil if there is nothing to look for; and the numbers of those that it can't look for.
    static func compile(_ entries: [Entry], _ kind: Kind) -> Compiled {
        var entries = entries
        var left: [UInt32] = []
        while !entries.isEmpty {
            switch attempt(entries, kind) {
            case .success(let scanner): return (scanner, left)
            case .failure(let failure):
                guard let culprit = failure.entry, entries.indices.contains(culprit) else {
                    return (nil, left + entries.map(\.number))
                }
                left.append(entries.remove(at: culprit).number)
            }
        }
        return (nil, left)
    }

    private struct Failure: Error {
        /// The entry that is to blame, if one is.
        let entry: Int?
    }

    private static func attempt(_ entries: [Entry], _ kind: Kind) -> Result<Scanner, Failure> {
        guard let count = UInt32(exactly: entries.count) else { return .failure(Failure(entry: nil)) }
        // One block for all, each ended by a zero: Vectorscan wants C's strings, even where it is given lengths.
        var block: [CChar] = []
        var starts: [Int] = []
        for entry in entries {
            starts.append(block.count)
            block += entry.bytes.map { CChar(bitPattern: $0) }
            block.append(0)
        }
        let numbers = entries.map(\.number)
        let lengths = entries.map(\.bytes.count)
        let flags = entries.map { Self.flags($0, kind) }
        var compiled: OpaquePointer?
        var problem: UnsafeMutablePointer<hs_compile_error_t>?
        let result = unsafe block.withUnsafeBufferPointer { block in
            let pointers = unsafe starts.map { start in unsafe block.baseAddress.map { unsafe $0 + start } }
            return switch kind {
            case .texts:
                unsafe hs_compile_lit_multi(
                    pointers, flags, numbers, lengths, count, UInt32(HS_MODE_BLOCK), nil, &compiled, &problem)
            case .expressions:
                unsafe hs_compile_multi(
                    pointers, flags, numbers, count, UInt32(HS_MODE_BLOCK), nil, &compiled, &problem)
            }
        }
        if result == HS_SUCCESS, let compiled = unsafe compiled { return .success(unsafe Scanner(compiled)) }
        let culprit = unsafe problem?.pointee.expression
        unsafe hs_free_compile_error(problem)
        return .failure(Failure(entry: culprit.flatMap { $0 >= 0 ? Int($0) : nil }))
    }

    static func flags(_ entry: Entry, _ kind: Kind) -> UInt32 {
        switch kind {
        // All places are wanted: what starts or ends a text is told by them.
        case .texts: 0
        case .expressions:
            UInt32(HS_FLAG_SINGLEMATCH) | UInt32(HS_FLAG_ALLOWEMPTY) | UInt32(HS_FLAG_UTF8)
                | UInt32(HS_FLAG_PREFILTER) | (entry.ignoresCase ? UInt32(HS_FLAG_CASELESS) : 0)
        }
    }

    /// Takes over a database that `serialized` gave; nil if it is none, or another version's or machine's.
    convenience init?(serialized bytes: [UInt8]) {
        var loaded: OpaquePointer?
        let result = unsafe bytes.withUnsafeBytes { bytes in
            unsafe hs_deserialize_database(
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, &loaded)
        }
        guard result == HS_SUCCESS, let loaded = unsafe loaded else { return nil }
        unsafe self.init(loaded)
    }

    deinit { unsafe hs_free_database(database) }

    /// Version and machine: a database is of no use to others.
    static var version: String { unsafe String(cString: hs_version()) }

    /// The processor that databases are made for.
    static var platform: String {
        var platform = hs_platform_info_t()
        guard unsafe hs_populate_platform(&platform) == HS_SUCCESS else { return "unknown" }
        return "\(platform.tune) \(platform.cpu_features)"
    }

    /// The database as bytes for a file.
    var serialized: [UInt8]? {
        var bytes: UnsafeMutablePointer<CChar>?
        var count = 0
        guard unsafe hs_serialize_database(database, &bytes, &count) == HS_SUCCESS, let start = unsafe bytes
        else { return nil }
        defer { unsafe free(start) }
        return unsafe UnsafeRawBufferPointer(start: start, count: count).map { $0 }
    }

    /// Looks through a text.
    ///
    /// - Parameter found: given the number of what was found, and where it ends. Called on this thread, before `scan`
    ///   returns.
    func scan(_ text: [UInt8], with scratch: Scratch, found: (UInt32, Int) -> Void) {
        guard let count = UInt32(exactly: text.count) else { return }
        withoutActuallyEscaping(found) { found in
            var context = Found(tell: found)
            unsafe text.withUnsafeBytes { bytes in
                unsafe withUnsafeMutablePointer(to: &context) { context in
                    // An empty text has no address, and Vectorscan wants one.
                    let start = unsafe bytes.baseAddress ?? UnsafeRawPointer(context)
                    _ = unsafe hs_scan(
                        database, start.assumingMemoryBound(to: CChar.self), count, 0, scratch.space,
                        { number, _, end, _, context in
                            unsafe context?.assumingMemoryBound(to: Found.self).pointee.tell(
                                number, Int(clamping: end))
                            return 0
                        }, context)
                }
            }
        }
    }

    private struct Found {
        let tell: (UInt32, Int) -> Void
    }

    // Used by one scan at a time; `RuleIndex` sees to that.
    /// The working memory of one scan.
    @safe final class Scratch: @unchecked Sendable {
        fileprivate let space: OpaquePointer

        /// Memory that is enough for any of these.
        init?(for scanners: [Scanner]) {
            var space: OpaquePointer?
            for scanner in scanners {
                guard unsafe hs_alloc_scratch(scanner.database, &space) == HS_SUCCESS else {
                    unsafe hs_free_scratch(space)
                    return nil
                }
            }
            guard let space = unsafe space else { return nil }
            unsafe self.space = space
        }

        deinit { unsafe hs_free_scratch(space) }
    }
}
