import Foundation

/// What the person at the terminal sees.
struct Screen: Sendable {
    let you: String
    let other: String
    /// A person types; else lines come from a pipe.
    let isInteractive = isatty(STDIN_FILENO) == 1

    func welcome() {
        guard isInteractive else { return }
        print("You are \(you), talking to \(other). Ctrl-D ends the chat.")
        flushOutput()
    }

    func says(_ name: String, _ text: String) {
        print("\(name): \(text)")
        flushOutput()
    }

    func note(_ text: String) {
        FileHandle.standardError.write(Data("(\(text))\n".utf8))
    }

    /// The lines that are typed or piped in.
    func lines() -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        // Reading a terminal blocks its thread, so it gets one of its own; it ends with the process.
        Thread.detachNewThread {
            while let line = readLine(strippingNewline: true) { continuation.yield(line) }
            continuation.finish()
        }
        return stream
    }
}
