import CLibFuzzer
import Foundation

/// Runs one target under libFuzzer, or writes what it begins with: `ConureFuzz run TARGET [libFuzzer's arguments]`,
/// `ConureFuzz seeds VECTORS FOLDER`, `ConureFuzz list`.
///
/// One program for all targets, with a main of its own: everything is built once, and a new target is one more line.
@main
struct ConureFuzz {
    static func main() throws {
        let arguments = CommandLine.arguments
        switch arguments.dropFirst().first {
        case "list":
            for name in Target.all.keys.sorted() { print(name) }
        case "seeds" where arguments.count == 4:
            try Seeds(vectors: arguments[2]).write(into: arguments[3])
        case "run" where arguments.count >= 3:
            guard let target = Target.all[arguments[2]] else {
                fail("there is no target '\(arguments[2])', expected: \(Target.all.keys.sorted())")
            }
            chosen = target
            run([arguments[0]] + arguments.dropFirst(3))
        default:
            fail("expected: run TARGET [ARGUMENTS], seeds VECTORS FOLDER, or list")
        }
    }

    private static func run(_ arguments: [String]) -> Never {
        var count = Int32(arguments.count)
        let copies: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        let list = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: copies.count)
        list.initialize(from: copies, count: copies.count)
        var pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = list
        exit(
            LLVMFuzzerRunDriver(&count, &pointer) { bytes, count in
                chosen(Array(UnsafeBufferPointer(start: bytes, count: count)))
                return 0
            })
    }

    private static func fail(_ reason: String) -> Never {
        FileHandle.standardError.write(Data((reason + "\n").utf8))
        exit(2)
    }
}

// Set once before libFuzzer calls back, on the same thread; a C function can carry nothing with it.
private nonisolated(unsafe) var chosen: @Sendable ([UInt8]) -> Void = { _ in }
