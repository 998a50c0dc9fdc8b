import BotKit
import Foundation
import Testing

@testable import Workers

@Suite(.serialized, .timeLimit(.minutes(5))) struct `A bot that behaves badly` {
    @Test(arguments: [
        ("abort", "it was ended by signal 6 (abort)"), ("exit", "it left with status 3"),
        ("garbage", "it sent something that is no report"), ("long", "it sent a frame of 1073741824 bytes"),
        ("flood", "it sent a frame of 2021161080 bytes"),
    ])
    func `is replaced, and its end is told`(what: String, reason: String) async throws {
        try await withBadBot { _, bot in
            try await withHost(bot) { host in
                #expect(await host.ask().value == .text("done"))
                #expect(await host.ask(what).death?.hasPrefix(reason) == true)
                #expect(await host.ask().value == .text("done"))
                #expect(host.status.first?.deaths == 1)
            }
        }
    }

    @Test func `cannot take more memory than it may`() async throws {
        try await withBadBot { _, bot in
            try await withHost(bot) { host in
                #expect(await host.ask("memory").error == "MemoryError()")
                #expect(await host.ask().value == .text("done"))
            }
        }
    }

    @Test func `is killed when it hangs, and others are asked again`() async throws {
        try await withBadBot { _, bot in
            try await withHost(bot) { host in
                async let hanging = host.ask("hang", timeout: 0.3)
                async let innocent = host.ask("", timeout: 20)
                #expect(
                    await hanging.death
                        == "Bad.do gave no answer within 0.3 s, and did not stop when told")
                #expect(await innocent.value == .text("done"))
            }
        }
    }

    @Test func `that is late but comes to an end goes on, and its answer does not count`() async throws {
        try await withBadBot { _, bot in
            try await withHost(bot) { host in
                let pid = await host.ask("pid").value
                #expect(await host.ask("slow", timeout: 0.2).error == "no answer within 0.2 s")
                #expect(await host.ask("pid").value == pid)
            }
        }
    }

    @Test func `may not use more processor time than it has`() async throws {
        try await withBadBot { _, bot in
            var bot = bot
            bot.processorTime = .milliseconds(300)
            try await withHost(bot) { host in
                #expect(await host.ask("spin").death == "Bad.do used more processor time than it may")
                #expect(await host.ask().value == .text("done"))
            }
        }
    }

    @Test func `that does one thing after the other has time for each`() async throws {
        try await withBadBot { _, bot in
            try await withHost(bot) { host in
                await withTaskGroup { group in
                    for _ in 0..<6 { group.addTask { await host.ask("slow", timeout: 1.8) } }
                    for await result in group { #expect(result.value == .text("done")) }
                }
                #expect(host.status.first?.deaths == 0)
            }
        }
    }

    @Test func `costs nobody else an answer`() async throws {
        try await withBadBot { _, bot in
            try await withHost(bot) { host in
                await withTaskGroup(of: (String, InvocationResult).self) { group in
                    for number in 0..<40 {
                        let what = number == 17 ? "abort" : ""
                        group.addTask { (what, await host.ask(what)) }
                    }
                    for await (what, result) in group {
                        if what.isEmpty {
                            #expect(result.value == .text("done"))
                        } else {
                            #expect(result.death != nil)
                        }
                    }
                }
            }
        }
    }

    @Test func `has an answer for somebody else, which nobody takes`() async throws {
        try await withBadBot { _, bot in
            try await withHost(bot) { host in
                #expect(await host.ask("stranger").value == .text("done"))
                #expect(await host.ask("big").value == .text(String(repeating: "z", count: 3_000_000)))
            }
        }
    }

    @Test func `may shout as it likes, its log stays small`() async throws {
        try await withBadBot { folder, bot in
            try await withHost(bot, logs: folder) { host in
                #expect(await host.ask("shout").value == .text("done"))
                let size =
                    try FileManager.default.attributesOfItem(atPath: folder + "/Bad.log")[.size] as? Int
                #expect((1000...1_100_000).contains(size ?? 0))
            }
        }
    }

    @Test func `takes what it has started with it`() async throws {
        try await withBadBot { _, bot in
            var bot = bot
            bot.rights.processes = true
            try await withHost(bot) { host in
                guard case .number(let child)? = await host.ask("fork").value else {
                    Issue.record("no child")
                    return
                }
                #expect(isAlive("\(child)"))
                #expect(await host.ask("abort").death != nil)
                while isAlive("\(child)") { await Task.yield() }
            }
        }
    }

    @Test(arguments: [
        ("never", "1", "it left with status 7; the last that it said:\nthere is no HELLO"),
        ("", "2", "it speaks version 2 of the protocol, and this is 1"),
    ])
    func `that never says hello is not waited for`(hello: String, version: String, reason: String)
        async throws
    {
        try await withBadBot { _, bot in
            var bot = bot
            bot.environment = ["HELLO": hello, "PROTOCOL": version]
            try await withHost(bot) { host in
                #expect(await host.ask() == .unavailable(reason: reason))
                #expect(await host.ask() == .unavailable(reason: reason))
                #expect(host.status.first?.state == .failing)
            }
            await #expect(throws: BotProblem.self) {
                try await WorkerHost.describe(bot, launcher: try conure(), within: .seconds(5))
            }
        }
    }

    @Test func `that takes its time to say hello is not described`() async throws {
        try await withBadBot { _, bot in
            var bot = bot
            bot.environment = ["HELLO": "slow"]
            do {
                _ = try await WorkerHost.describe(bot, launcher: try conure(), within: .milliseconds(300))
                Issue.record("it said hello")
            } catch let problem as BotProblem {
                #expect(problem.description.hasPrefix("it did not say hello within"))
            }
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(5))) struct `What a bot may do` {
    @Test func `is what its permissions say`() async throws {
        try await withBadBot { folder, bot in
            let secret = folder + "/data/secret"
            try FileManager.default.createDirectory(
                atPath: folder + "/data/sub", withIntermediateDirectories: true)
            try "hush".write(toFile: secret, atomically: true, encoding: .utf8)
            var tight = bot
            tight.rights.hidden = folder + "/data"
            tight.rights.folder = folder + "/own"
            var wide = tight
            (wide.name, wide.rights.network, wide.rights.processes) = ("Bad", true, true)
            wide.rights.reads = [secret]
            wide.rights.writes = [folder + "/data/sub", folder]
            // Neither a link beside it nor leave to write all around it leads to what is hidden.
            symlink(folder + "/data", folder + "/link")
            let isKept = try await isolation(of: tight)
            try await withHost(tight) { host in
                guard isKept.calls else { return print("this kernel has no seccomp: not tested") }
                #expect(await host.ask("socket").error?.contains("Permission denied") == true)
                #expect(await host.ask("fork").error?.contains("not permitted") == true)
                guard isKept.files else { return print("this kernel has no Landlock: not tested") }
                #expect(await host.ask("read " + secret).error?.contains("Permission denied") == true)
                #expect(await host.ask("write \(folder)/x").error?.contains("Permission denied") == true)
                #expect(await host.ask("write \(folder)/own/x").value == .number(1))
                #expect(
                    await host.ask("read \(folder)/link/secret").error?.contains("Permission denied") == true)
                #expect(await host.ask("chmod " + secret).error?.contains("not permitted") == true)
                #expect(await host.ask("kill").error?.contains("not permitted") == true)
                #expect(await host.ask("session").error?.contains("not permitted") == true)
                #expect(await host.ask("read /etc/hostname").value != nil)
            }
            try await withHost(wide) { host in
                #expect(await host.ask("socket").error == nil)
                #expect(await host.ask("read " + secret).value == .text("hush"))
                #expect(await host.ask("write \(folder)/data/sub/x").value == .number(1))
                guard isKept.files else { return }
                #expect(await host.ask("write \(folder)/data/x").error?.contains("Permission denied") == true)
                #expect(await host.ask("write \(folder)/own/y").value == .number(1))
                #expect(await host.ask("write /tmp/conure-x").error?.contains("Permission denied") == true)
            }
        }
    }

    private func isolation(of bot: BotConfiguration) async throws -> Isolation {
        var found: Isolation?
        try await withHost(bot) { host in
            _ = await host.ask()
            found = host.status.first?.isolation
        }
        return try #require(found)
    }
}

@Suite(.serialized, .timeLimit(.minutes(5))) struct `A bot` {
    @Test func `that is replaced loses no invocation, and then the new one answers`() async throws {
        try await withBadBot { _, bot in
            var bot = bot
            bot.environment = ["SAYS": "one"]
            try await withHost(bot) { host in
                #expect(await host.ask().value == .text("one"))
                try write(
                    badBot.replacing("\"SAYS\", \"done\"", with: "\"NOBODY\", \"two\""), as: bot.executable)
                host.renew(["Bad"])
                var heard: [Value?] = []
                while heard.last != .text("two") {
                    await withTaskGroup { group in
                        for _ in 0..<8 { group.addTask { await host.ask() } }
                        for await result in group { heard.append(result.value) }
                    }
                }
                #expect(!heard.contains(nil))
                #expect(
                    heard.firstIndex(of: .text("two")).map { heard[$0...].allSatisfy { $0 == .text("two") } }
                        == true)
                #expect(host.status.first?.deaths == 0)
            }
        }
    }

    @Test func `that is replaced by nonsense goes on as it was`() async throws {
        try await withBadBot { _, bot in
            try await withHost(bot) { host in
                #expect(await host.ask().value == .text("done"))
                try write("#!/bin/sh\necho nonsense; exit 1\n", as: bot.executable)
                host.renew(["Bad"])
                while host.status.first?.problem.isEmpty == true {
                    #expect(await host.ask().value == .text("done"))
                }
                #expect(await host.ask().value == .text("done"))
                try write(badBot.replacing("\"done\"", with: "\"again\""), as: bot.executable)
                host.renew(["Bad"])
                while await host.ask().value != .text("again") {}
                #expect(host.status.first?.problem == "")
            }
        }
    }

    @Test func `works in as many processes as it may`() async throws {
        try await withBadBot { _, bot in
            var bot = bot
            bot.concurrency = 3
            try await withHost(bot) { host in
                let pids = await withTaskGroup { group in
                    for number in 0..<60 { group.addTask { await host.ask(number < 6 ? "slow" : "pid") } }
                    return await group.reduce(into: Set<Value?>()) { $0.insert($1.value) }
                }
                #expect(host.status.first?.pids.count == 3)
                #expect(pids.count > 1)
            }
        }
    }

    @Test func `is not waited for by who is cancelled, nor at the end`() async throws {
        try await withBadBot { _, bot in
            try await withHost(bot) { host in
                _ = await host.ask()
                let result = await withTaskGroup { group in
                    group.addTask { await host.ask("hang", timeout: 600) }
                    group.cancelAll()
                    return await group.next()
                }
                #expect(result == .cancelled)
            }
            let host = WorkerHost(
                launcher: try conure(), folder: "", logger: .init(label: "test"))
            host.use([bot])
            await withTaskGroup { group in
                group.addTask { try? await host.run() }
                _ = await host.ask()
                async let late = host.ask("hang", timeout: 600)
                while host.status.first?.pids.isEmpty == true { await Task.yield() }
                group.cancelAll()
                #expect(await late == .cancelled)
            }
        }
    }

    @Test func `that the rules do not name any more leaves`() async throws {
        try await withBadBot { _, bot in
            try await withHost(bot) { host in
                guard case .number(let pid)? = await host.ask("pid").value else {
                    Issue.record("no process")
                    return
                }
                host.use([])
                #expect(await host.ask() == .unavailable(reason: "there is no bot 'Bad'"))
                while isAlive("\(pid)") { await Task.yield() }
            }
        }
    }
}
