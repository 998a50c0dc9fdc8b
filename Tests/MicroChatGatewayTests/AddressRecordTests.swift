import BotKit
import Foundation
import Testing

@testable import MicroChatGateway

@Suite struct `The records of addresses` {
    private let one = Endpoint(host: "10.0.0.1", port: 8080)
    private let two = Endpoint(host: "10.0.0.2", port: 8080)
    private let start = Timestamp(seconds: 1_800_000_000)

    /// Records of failures of `one`, the seconds after the start given.
    private func records(failures: [Int]) -> AddressRecords {
        var records = AddressRecords()
        for second in failures { _ = records.failed(one, at: start + .seconds(second)) }
        return records
    }

    @Test(arguments: [
        ([0, 10], 0), ([0, 10, 20], 6), ([0, 10, 20, 30], 12), ([0, 10, 20, 30, 40], 18),
        ([0, 10, 20, 30, 40, 50], 24), ([0, 10, 20, 30, 40, 50, 60], 30),
        ([0, 10, 20, 30, 40, 50, 60, 70, 80, 90], 30),
    ])
    func `ban after three failures, longer for each more, thirty minutes at most`(
        failures: [Int], minutes: Int
    ) {
        let records = records(failures: failures)
        let last = start + .seconds(failures.last ?? 0)
        #expect(records.isBanned(one, at: last) == (minutes > 0))
        #expect(minutes == 0 || records.isBanned(one, at: last + .seconds(minutes * 60 - 1)))
        #expect(!records.isBanned(one, at: last + .seconds(minutes * 60)))
        #expect(!records.isBanned(two, at: last))
    }

    @Test func `count one failure in ten seconds`() {
        #expect(!records(failures: [0, 1, 2, 3, 9]).isBanned(one, at: start + .seconds(9)))
        #expect(records(failures: [0, 9, 10, 19, 20]).isBanned(one, at: start + .seconds(20)))
    }

    @Test func `let a success end a ban, and the next failure renew it`() {
        var records = records(failures: [0, 10, 20, 30])
        let ended = records.succeeded(one, at: start + .seconds(31))
        #expect(ended && !records.isBanned(one, at: start + .seconds(31)))
        #expect(!records.hasJustFailed(one, at: start + .seconds(31)))
        _ = records.failed(one, at: start + .seconds(41))
        #expect(records.isBanned(one, at: start + .seconds(41 + 359)))
        #expect(!records.isBanned(one, at: start + .seconds(41 + 360)))
    }

    @Test func `forget failures that eight successes have followed`() {
        var records = records(failures: [0, 10])
        for second in 1...8 { _ = records.succeeded(one, at: start + .seconds(20 + 10 * second)) }
        #expect(records == AddressRecords())
    }

    @Test func `are not touched by what always works`() {
        var records = AddressRecords()
        let isNews = records.succeeded(one, at: start)
        #expect(!isNews && records == AddressRecords())
    }

    @Test func `are forgotten after a day, and by a clock that was set back`() {
        let records = records(failures: [0, 10, 20])
        #expect(records.hasJustFailed(one, at: start + .seconds(20)))
        #expect(!records.isBanned(one, at: start + .seconds(-3600)))
        var later = records
        _ = later.failed(two, at: start + .seconds(20 + 24 * 3600))
        _ = later.succeeded(two, at: start + .seconds(20 + 24 * 3600))
        #expect(later.lastFailure(of: one) == Timestamp(microseconds: 0))
    }

    @Test func `come back as they were kept, and do not grow without end`() throws {
        let records = records(failures: [0, 10, 20])
        let bytes = try JSONEncoder().encode(records)
        #expect(try JSONDecoder().decode(AddressRecords.self, from: bytes) == records)
        var many = records
        for port in 1...1000 { _ = many.failed(Endpoint(host: "::1", port: port), at: start + .seconds(30)) }
        #expect(try JSONEncoder().encode(many).count < 64 * 200)
        #expect(many.lastFailure(of: one) == Timestamp(microseconds: 0))
    }
}
