import Foundation

/// Names of functions for a back-trace: as the symbol table of a program has them, which the dying process itself had no
/// time to read.
enum Symbols {
    /// Gives lines such as `/bots/Orders(+0x12c896)[0x55c249287896]` the function that is meant.
    ///
    /// - Parameter program: the only file that is looked into: what lines say is the bot's, and it may say anything.
    static func named(_ lines: [String], of program: String) -> [String] {
        let offsets = lines.map { offset(in: $0, after: program + "(+0x") }
        let wanted = Set(offsets.compactMap(\.self))
        guard !wanted.isEmpty, let names = SymbolTable(of: program)?.names(at: wanted) else { return lines }
        return zip(lines, offsets).map { line, offset in
            offset.flatMap { names[$0] }.map { "\(program): \(demangled($0))" } ?? line
        }
    }

    private static func offset(in line: String, after start: String) -> UInt64? {
        guard line.hasPrefix(start) else { return nil }
        return UInt64(line.dropFirst(start.count).prefix { $0 != ")" }, radix: 16)
    }

    private static func demangled(_ name: String) -> String {
        let bytes = Array(name.utf8CString)
        let text = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe demangle(bytes.baseAddress, bytes.count - 1, nil, nil, 0)
        }
        guard let text = unsafe text else { return name }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    /// The runtime's own; no header of it has this.
    @_silgen_name("swift_demangle")
    private static func demangle(
        _ name: UnsafePointer<CChar>?, _ length: Int, _ buffer: UnsafeMutablePointer<CChar>?,
        _ size: UnsafeMutablePointer<Int>?, _ flags: UInt32
    ) -> UnsafeMutablePointer<CChar>?
}

/// The symbol table of a program, ELF with 64 bits. Whatever makes no sense in it is passed over.
private struct SymbolTable {
    private let file: Data
    private let symbols: Range<Int>
    private let names: Range<Int>

    private static let entry = 24
    private static let symbolSection: UInt32 = 2
    private static let function: UInt8 = 2

    init?(of path: String) {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard attributes?[.type] as? FileAttributeType == .typeRegular,
            let file = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe),
            file.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1])
        else { return nil }
        self.file = file
        func number<Number: FixedWidthInteger>(_ type: Number.Type, at place: Int) -> Number? {
            Self.number(type, at: place, in: file)
        }
        guard let start = number(UInt64.self, at: 0x28).flatMap({ Int(exactly: $0) }),
            let size = number(UInt16.self, at: 0x3A), let count = number(UInt16.self, at: 0x3C),
            // Beyond the file's end there is nothing, and sums could be too large.
            start <= file.count
        else { return nil }
        /// The bytes of a section.
        func section(_ index: Int) -> (type: UInt32, bytes: Range<Int>, link: Int)? {
            let place = start.addingReportingOverflow(index * Int(size))
            guard index < count, !place.overflow, let type = number(UInt32.self, at: place.partialValue + 4),
                let offset = number(UInt64.self, at: place.partialValue + 24).flatMap({ Int(exactly: $0) }),
                let length = number(UInt64.self, at: place.partialValue + 32).flatMap({ Int(exactly: $0) }),
                let link = number(UInt32.self, at: place.partialValue + 40),
                offset <= file.count, length <= file.count - offset
            else { return nil }
            return (type, offset..<offset + length, Int(link))
        }
        guard
            let table = (0..<Int(count)).lazy.compactMap(section).first(where: {
                $0.type == Self.symbolSection
            }),
            let text = section(table.link)
        else { return nil }
        (symbols, names) = (table.bytes, text.bytes)
    }

    /// The functions that are at these places, in one go through the table.
    func names(at offsets: Set<UInt64>) -> [UInt64: String] {
        var found: [UInt64: String] = [:]
        for place in stride(from: symbols.lowerBound, to: symbols.upperBound - Self.entry + 1, by: Self.entry)
        {
            guard let info = Self.number(UInt8.self, at: place + 4, in: file), info & 0xF == Self.function,
                let start = Self.number(UInt64.self, at: place + 8, in: file),
                let size = Self.number(UInt64.self, at: place + 16, in: file)
            else { continue }
            for offset in offsets where offset >= start && offset - start < max(size, 1) {
                guard let name = Self.number(UInt32.self, at: place, in: file) else { continue }
                found[offset] = text(at: Int(name))
            }
        }
        return found
    }

    private func text(at offset: Int) -> String? {
        guard offset < names.count else { return nil }
        let bytes = file[(file.startIndex + names.lowerBound + offset)..<(file.startIndex + names.upperBound)]
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func number<Number: FixedWidthInteger>(_ type: Number.Type, at place: Int, in file: Data)
        -> Number?
    {
        let size = MemoryLayout<Number>.size
        guard place >= 0, place <= file.count - size else { return nil }
        return file[(file.startIndex + place)..<(file.startIndex + place + size)].reversed()
            .reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }
}
