import BotKit
import Testing

@testable import Workers

@Suite struct `What a worker says` {
    private func frame(_ body: String, length: Int? = nil) -> [UInt8] {
        let length = UInt32(length ?? body.utf8.count)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + Array(body.utf8)
    }

    private let hello = #"{"type":"hello","protocol":1,"handlers":[{"name":"A.b"}]}"#
    private let outcome = #"{"type":"outcome","id":7,"value":"ü"}"#

    @Test func `is the same however it is cut`() throws {
        let bytes = frame(hello) + frame(outcome) + frame(#"{"type":"log","text":"x"}"#)
        let expected: [WorkerMessage.Report] = [
            .hello(version: 1, handlers: [HandlerDeclaration(name: "A.b")]),
            .outcome(id: 7, HandlerOutcome(value: .text("ü"))), .log(level: "info", text: "x", id: nil),
        ]
        for cut in 0...bytes.count {
            var reader = FrameReader()
            let reports = try reader.take(bytes[..<cut]) + reader.take(bytes[cut...])
            #expect(reports == expected)
        }
        var reader = FrameReader()
        #expect(try bytes.flatMap { try reader.take([$0]) } == expected)
    }

    @Test func `is garbage if it is, and says what is wrong`() {
        func complaint(_ bytes: [UInt8]) -> String {
            var reader = FrameReader()
            do throws(FrameReader.Garbage) { _ = try reader.take(bytes) } catch { return error.reason }
            return ""
        }
        #expect(
            complaint(frame("", length: 5 << 20)) == "it sent a frame of 5242880 bytes, and 4 MiB is the most"
        )
        #expect(complaint(Array("HTTP/1.1 200".utf8)).hasPrefix("it sent a frame of 1213486160 bytes"))
        #expect(
            complaint(frame(#"{"type":"hello","handlers":[]}"#))
                == #"it sent something that is no report: '{"type":"hello","handlers":[]}': protocol is missing"#
        )
        #expect(
            complaint(frame(#"{"type":"outcome","id":1,"actions":[{"do":"dance"}]}"#)).contains(
                "actions.0.do"))
        #expect(complaint(frame("\u{0}\u{1}")).contains("'??'"))
    }
}
