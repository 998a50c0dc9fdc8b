import BotKit
import Foundation
import Logging
import Synchronization
import Testing

@testable import Workers

/// A bot that does whatever its argument says, as badly as it can be done.
let badBot = """
    #!/usr/bin/python3
    import json, os, struct, sys, time
    def say(report):
        body = json.dumps(report).encode()
        os.write(1, struct.pack(">I", len(body)) + body)
    def read():
        head = os.read(0, 4)
        if len(head) < 4: sys.exit(0)
        length, body = struct.unpack(">I", head)[0], b""
        while len(body) < length: body += os.read(0, length - len(body))
        return json.loads(body)
    if os.environ.get("HELLO") == "slow": time.sleep(60)
    if os.environ.get("HELLO") == "never":
        print("there is no HELLO", file=sys.stderr)
        sys.exit(7)
    say({"type": "hello", "protocol": int(os.environ.get("PROTOCOL", 1)), "handlers": [{"name": "Bad.do"}]})
    while True:
        order = read()
        if order["type"] == "drain": sys.exit(0)
        if order["type"] != "invoke": continue
        what = order["arguments"].get("what", "")
        value, error = os.environ.get("SAYS", "done"), None
        try:
            if what == "abort": os.abort()
            if what == "exit": os._exit(3)
            if what == "raise": raise ValueError("no")
            if what == "hang":
                while True: time.sleep(1)
            if what == "spin":
                while True: pass
            if what == "slow": time.sleep(0.6)
            if what == "memory": value = len(bytearray(1 << 30))
            if what == "flood":
                while True: os.write(1, b"x" * 65536)
            if what == "shout":
                for _ in range(20000): os.write(2, b"y" * 1000 + b"\\n")
            if what == "garbage": os.write(1, struct.pack(">I", 9) + b"{'no json")
            if what == "long": os.write(1, struct.pack(">I", 1 << 30))
            if what == "stranger": say({"type": "outcome", "id": 999999, "value": "not mine"})
            if what == "fork":
                value = os.fork()
                if value == 0:
                    time.sleep(600)
                    os._exit(0)
            if what == "socket":
                import socket
                socket.socket()
            if what.startswith("read "): value = open(what[5:]).read()
            if what.startswith("write "): value = open(what[6:], "w").write("x")
            if what.startswith("chmod "): os.chmod(what[6:], 0o666)
            if what == "kill": os.kill(os.getppid(), 0)
            if what == "session": os.setsid()
            if what == "pid": value = os.getpid()
            if what == "big": value = "z" * 3000000
        except BaseException as problem: value, error = None, repr(problem)
        outcome = {"type": "outcome", "id": order["id"]}
        if error: outcome["error"] = error
        else: outcome["value"] = value
        say(outcome)
    """

/// A folder with a bot in it, gone with the test.
func withBadBot(_ body: (_ folder: String, BotConfiguration) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "conure-bots-\(UUID().uuidString)")
        .path
    try FileManager.default.createDirectory(atPath: folder + "/own", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try write(badBot, as: folder + "/bad.py")
    try await body(folder, BotConfiguration(name: "Bad", executable: folder + "/bad.py"))
}

/// Writes a program, all of it at once.
func write(_ program: String, as path: String) throws {
    try program.write(toFile: path + ".new", atomically: false, encoding: .utf8)
    chmod(path + ".new", 0o755)
    rename(path + ".new", path)
}

/// Runs a host with some bots until `body` ends.
func withHost(
    _ bots: BotConfiguration..., logs: String = "", _ body: (WorkerHost) async throws -> Void
) async throws {
    let host = WorkerHost(
        launcher: try conure(), folder: logs, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    host.use(bots)
    try await withThrowingTaskGroup { group in
        group.addTask { try await host.run() }
        try await body(host)
        group.cancelAll()
    }
}

/// The program, whose command puts limits on bots.
func conure() throws -> String {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("conure").path
}

extension WorkerHost {
    /// Has the bad bot do something.
    func ask(_ what: String = "", timeout: Double = 20, attempt: Int = 1) async -> InvocationResult {
        await invoke(
            Invocation(
                handler: "Bad.do", arguments: ["what": .text(what)], account: "bot",
                event: EventFacts(id: "e", kind: "text", time: 0), now: 0, attempt: attempt, timeout: timeout)
        )
    }
}

extension InvocationResult {
    var value: Value? { if case .outcome(let outcome) = self { outcome.value } else { nil } }
    var error: String? { if case .outcome(let outcome) = self { outcome.error } else { nil } }
    /// Why the worker was lost.
    var death: String? { if case .lost(let reason) = self { reason } else { nil } }
}

/// Whether there is such a process, and it is no dead one that nobody has buried.
func isAlive(_ pid: String) -> Bool {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
        let end = text.lastIndex(of: ")")
    else { return false }
    return text[end...].split(separator: " ").dropFirst().first != "Z"
}
