import Foundation
import Testing

@testable import Workers

@Suite struct `A back-trace of addresses` {
    private static let program =
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""

    /// Where in this program it is called from, as a dying process says it.
    @inline(never)
    private func lineOfSomethingCalledHere() throws -> String {
        let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8).split(separator: "\n")
        let first = try #require(maps.first { $0.hasSuffix(Self.program) })
        let base = try #require(UInt(first.prefix { $0 != "-" }, radix: 16))
        let place = try #require(Thread.callStackReturnAddresses.dropFirst().first?.uintValue)
        return "\(Self.program)(+0x\(String(place - base, radix: 16)))[0x\(String(place, radix: 16))]"
    }

    @Test func `gets the names of functions`() throws {
        let line = try lineOfSomethingCalledHere()
        let named = Symbols.named(["before", line, "\(Self.program)(+0x1)[0x1]", "after"], of: Self.program)
        // A bot may say anything, and have nothing else read.
        for said in ["/dev/zero(+0x1)[0x1]", line] {
            #expect(Symbols.named([said], of: "/dev/zero") == [said])
        }
        #expect(named[0] == "before" && named[2] == "\(Self.program)(+0x1)[0x1]" && named[3] == "after")
        #expect(named[1].contains("lineOfSomethingCalledHere"), "\(named[1])")
    }

    @Test func `of a program that is gone or damaged stays as it is`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "conure-elf-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let whole = try Data(contentsOf: URL(fileURLWithPath: "/bin/true"))
        let path = folder.appending(path: "program").path
        let line = "\(path)(+0x1234)[0x1]"
        #expect(Symbols.named([line], of: path) == [line])
        for number in 0..<400 {
            var damaged = number % 2 == 0 ? whole : whole.prefix(Int.random(in: 0..<whole.count))
            for _ in 0..<8 where damaged.count > 64 {
                damaged[Int.random(in: 0x28..<64)] = .random(in: 0...255)
                damaged[Int.random(in: 0..<damaged.count)] = .random(in: 0...255)
            }
            try damaged.write(to: URL(fileURLWithPath: path))
            _ = Symbols.named([line], of: path)
        }
    }
}
