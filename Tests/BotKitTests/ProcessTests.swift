import BotKit
import Foundation
import Testing

private enum Quiet: Bot {
    static let handlers = [Handler("Quiet.none") { _ in }]
}

private enum Twice: Bot {
    static let handlers = [Handler("Twice.a") { _ in }, Handler("Twice.a") { _ in }]
}

/// The only report in what a process has written; nil if there is anything else.
private func report(_ bytes: [UInt8]) -> WorkerMessage.Report? {
    let length = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    guard bytes.count == 4 + length else { return nil }
    return try? JSONDecoder().decode(WorkerMessage.Report.self, from: Data(bytes.dropFirst(4)))
}

@Suite(.timeLimit(.minutes(5))) struct `A bot's process` {
    @Test func `keeps what its author prints out of the frames`() async throws {
        let end = await #expect(
            processExitsWith: .success,
            observing: [\.standardOutputContent, \.standardErrorContent]
        ) {
            let channel = try WorkerChannel.taken()
            print("not a frame")
            channel.write(.log(level: "info", text: "a frame", id: nil))
            #expect(readLine() == nil)
        }
        let result = try #require(end)
        #expect(report(result.standardOutputContent) == .log(level: "info", text: "a frame", id: nil))
        #expect(String(decoding: result.standardErrorContent, as: UTF8.self).contains("not a frame"))
    }

    @Test func `says what it is, and leaves when nobody is there`() async throws {
        let end = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            await Quiet.main()
        }
        let declarations = Quiet.handlers.map(\.declaration)
        #expect(
            report(try #require(end).standardOutputContent) == .hello(version: 1, handlers: declarations))
    }

    @Test func `does not start with handlers that cannot be`() async throws {
        let end = await #expect(processExitsWith: .exitCode(78), observing: [\.standardErrorContent]) {
            await Twice.main()
        }
        let said = String(decoding: try #require(end).standardErrorContent, as: UTF8.self)
        #expect(said.contains("Twice: there are two handlers called 'Twice.a'"))
    }
}
