import BotKit
import Foundation
import Logging
import Workers

/// Handlers in processes of their own: what asking one costs, how many can be asked, and what having one costs.
func handlerFigures() async throws -> [Figure] {
    var figures: [Figure] = []
    figures += try await latencies(of: 1) + rates(with: 1) + rates(with: 8)
    figures += try await coldStart()
    figures.append(try await memory())
    return figures
}

/// The folder of the programs under measurement.
private let programs = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path

private func withEcho(processes: Int, _ body: (WorkerHost) async throws -> Void) async throws {
    let host = WorkerHost(
        launcher: programs + "/conure", folder: "",
        logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
    host.use([BotConfiguration(name: "Echo", executable: programs + "/Echo", concurrency: processes)])
    try await withThrowingTaskGroup { group in
        group.addTask { try await host.run() }
        try await body(host)
        group.cancelAll()
    }
}

private func ask(_ host: WorkerHost) async {
    let invocation = Invocation(
        handler: "Echo.back", account: "bot",
        event: EventFacts(id: "e", kind: "text", time: 0, text: "hello"),
        chat: ChatFacts(id: "ann", name: "Ann", kind: .private), sender: SenderFacts(id: "ann", name: "Ann"),
        now: 0)
    let result = await host.invoke(invocation)
    guard case .outcome(let outcome) = result, outcome.actions?.count == 1 else {
        fatalError("the bot does not answer: \(result)")
    }
}

private func latencies(of processes: Int) async throws -> [Figure] {
    var times: [Double] = []
    try await withEcho(processes: processes) { host in
        for number in 0..<6000 {
            let time = await ContinuousClock().measure { await ask(host) }
            if number >= 1000 { times.append(time / .microseconds(1)) }
        }
    }
    times.sort()
    return [
        Figure(what: "handler asked, one after the other, p50", unit: "µs", values: [times[times.count / 2]]),
        Figure(
            what: "handler asked, one after the other, p99", unit: "µs",
            values: [times[times.count * 99 / 100]]),
    ]
}

private func rates(with processes: Int) async throws -> [Figure] {
    var rates: [Double] = []
    let (askers, each) = (64, 400)
    try await withEcho(processes: processes) { host in
        for run in 0...3 {
            let time = await ContinuousClock().measure {
                await withTaskGroup { group in
                    for _ in 0..<askers { group.addTask { for _ in 0..<each { await ask(host) } } }
                }
            }
            if run > 0 { rates.append(Double(askers * each) / (time / .seconds(1))) }
        }
    }
    return [
        Figure(
            what: "handler asked by 64 at once, \(processes) process\(processes == 1 ? "" : "es")",
            unit: "a second",
            values: rates)
    ]
}

private func coldStart() async throws -> [Figure] {
    var times: [Double] = []
    for _ in 0..<7 {
        try await withEcho(processes: 1) { host in
            times.append(await ContinuousClock().measure { await ask(host) } / .milliseconds(1))
        }
    }
    return [Figure(what: "handler asked whose process has to be started", unit: "ms", values: times)]
}

private func memory() async throws -> Figure {
    var sizes: [Double] = []
    try await withEcho(processes: 1) { host in
        await ask(host)
        for pid in host.status.flatMap(\.pids) {
            let text = try String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8)
            let line = text.split(separator: "\n").first { $0.hasPrefix("Pss:") }
            if let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap({ Double($0) }) {
                sizes.append(kilobytes / 1024)
            }
        }
    }
    return Figure(what: "memory of an idle bot's process", unit: "MiB", values: sizes)
}
