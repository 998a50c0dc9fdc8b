import BotKit
import Foundation
import Testing

private let handlers = [
    Handler("W.echo", on: .messages(.image), .every(.seconds(2))) { context in context.reply(context.text) },
    Handler("W.hang") { _ in try await Task.sleep(for: .seconds(3600)) },
    Handler("W.log") { context in
        context.log.warning("careful", metadata: ["b": "2", "a": "1"])
        context.log.info("\(String(repeating: "x", count: 100_000))")
    },
    Handler("W.flood") { _ in String(repeating: "x", count: WorkerMessage.maximumLength) },
    Handler("W.fail") { _ in throw CocoaError(.fileNoSuchFile) },
]

@Suite(.timeLimit(.minutes(5))) struct `A worker` {
    /// Runs a worker, with Conure's end of it.
    private func withWorker(_ body: (Host) async throws -> Void) async throws {
        let host = Host()
        let channel = host.channel()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await WorkerLoop(handlers, channel).run {} }
            guard case .hello? = await host.next() else { throw CocoaError(.coderReadCorrupt) }
            try await body(host)
            try? host.leave()
            try await group.waitForAll()
        }
    }

    @Test func `says first what it is`() async throws {
        let host = Host()
        let channel = host.channel()
        try host.leave()
        await WorkerLoop(handlers, channel).run {}
        guard case .hello(let version, let declarations)? = await host.next() else {
            Issue.record("no hello")
            return
        }
        #expect(version == 1)
        #expect(declarations.count == handlers.count)
        #expect(
            declarations.first?.on == [
                Subscription(event: .message, kinds: ["image"]), Subscription(event: .timer, every: 2),
            ])
    }

    @Test func `answers under the number that it was asked under`() async throws {
        try await withWorker { host in
            try host.order(.invoke(id: 7, invocation("W.echo", "你好")))
            let reply = HandlerOutcome(actions: [HandlerAction(do: .reply, text: "你好")])
            #expect(await host.next() == .outcome(id: 7, reply))
            try host.order(.invoke(id: 8, invocation("W.none")))
            #expect(
                await host.next()
                    == .outcome(id: 8, HandlerOutcome(error: "this bot has no handler 'W.none'")))
        }
    }

    @Test func `does many things at a time, and ends those that nobody waits for`() async throws {
        try await withWorker { host in
            for id in 1...50 { try host.order(.invoke(id: id, invocation("W.hang"))) }
            try host.order(.invoke(id: 51, invocation("W.echo", "x")))
            guard case .outcome(51, _)? = await host.next() else {
                Issue.record("the hanging ones hold up the others")
                return
            }
            for id in 1...50 { try host.order(.cancel(id: id)) }
            try host.order(.cancel(id: 999))
            try host.order(.drain)
            // Nothing hangs any more, so that it leaves by itself.
        }
    }

    @Test func `finishes what it has before it leaves`() async throws {
        try await withWorker { host in
            try host.order(.invoke(id: 1, invocation("W.hang")))
            try host.order(.drain)
            try host.order(.invoke(id: 2, invocation("W.echo", "still here")))
            guard case .outcome(2, _)? = await host.next() else {
                Issue.record("it left before it had finished")
                return
            }
            try host.order(.cancel(id: 1))
        }
    }

    @Test func `logs lines of a bearable length, with what they are about`() async throws {
        try await withWorker { host in
            try host.order(.invoke(id: 3, invocation("W.log")))
            #expect(await host.next() == .log(level: "warning", text: "careful a=1 b=2", id: 3))
            guard case .log("info", let text, 3)? = await host.next() else {
                Issue.record("no line")
                return
            }
            #expect(text.count == 8000)
        }
    }

    @Test func `says that something failed or is too much, and goes on`() async throws {
        try await withWorker { host in
            try host.order(.invoke(id: 1, invocation("W.flood")))
            guard case .outcome(1, let flood)? = await host.next() else {
                Issue.record("no outcome")
                return
            }
            #expect(flood.error?.hasSuffix("which is too much") == true)
            try host.order(.invoke(id: 2, invocation("W.fail")))
            guard case .outcome(2, let failed)? = await host.next() else {
                Issue.record("no outcome")
                return
            }
            #expect(failed.error?.isEmpty == false)
            #expect(failed.retry == false)
        }
    }

    @Test(arguments: ["", "{}", "[1]", #"{"type":"dance"}"#]) func `leaves when it is told nonsense`(
        nonsense: String
    ) async throws {
        try await withWorker { host in try host.order(Data(nonsense.utf8)) }
    }
}
