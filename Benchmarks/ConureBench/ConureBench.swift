import Foundation

/// Runs the benchmarks that are named, or all, and prints a Markdown table.
///
/// An executable of the package itself and not of a benchmark framework: it measures what is `package`, and the whole
/// way needs processes, not closures.
@main
struct ConureBench {
    static func main() async throws {
        let wanted = CommandLine.arguments.dropFirst()
        let all: [(name: String, run: () async throws -> [Figure])] = [
            ("wire", wireFigures), ("store", storeFigures), ("outbox", outboxFigures),
            ("timers", timerFigures), ("broadcast", broadcastFigures),
            ("decisions", decisionFigures), ("replay", replayFigures), ("whole", wholeWayFigures),
            ("handlers", handlerFigures), ("load", loadFigures),
        ]
        if let unknown = wanted.first(where: { name in !all.contains { $0.name == name } }) {
            print("there is no benchmark '\(unknown)', expected: \(all.map(\.name).joined(separator: ", "))")
            exit(1)
        }
        print("| what | figure | spread of the runs |\n|---|---|---|")
        for benchmark in all where wanted.isEmpty || wanted.contains(benchmark.name) {
            for figure in try await benchmark.run() { print(figure.row) }
        }
    }
}
