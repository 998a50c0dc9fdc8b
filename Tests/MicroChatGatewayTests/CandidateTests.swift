import BotKit
import Foundation
import MicroChatWire
import SwiftProtobuf
import Testing

@testable import MicroChatGateway

@Suite struct `The addresses to try` {
    private let now = Timestamp(seconds: 1_800_000_000)

    private func candidates(_ texts: String..., backup: Bool = false) -> [Candidate] {
        [Candidate](texts.compactMap { HostAddress($0) }, of: .long, areBackups: backup)
    }

    private func chosen(
        _ normal: [Candidate], backup: [Candidate] = [], _ records: AddressRecords = AddressRecords()
    ) -> [String] {
        [Candidate].choose(normal: normal, backup: backup, records: records, now: now)
            .map(\.endpoint.description)
    }

    /// Records in which an address has failed, every ten seconds until a while ago.
    private func failed(_ address: String, times: Int, secondsAgo: Int = 0) -> AddressRecords {
        var records = AddressRecords()
        for candidate in candidates(address) {
            for time in 0..<times {
                _ = records.failed(
                    candidate.endpoint, at: now + .seconds(-secondsAgo - 10 * (times - 1 - time)))
            }
        }
        return records
    }

    @Test func `are five, each address with each of its ports`() {
        #expect(
            chosen(candidates("10.0.0.1", "10.0.0.2:1", "::1")) == [
                "10.0.0.1:8080", "10.0.0.1:443", "10.0.0.1:80", "10.0.0.2:1", "[::1]:8080",
            ])
        #expect([Candidate]([HostAddress(host: "10.0.0.1")], of: .short).map(\.endpoint.port) == [80])
        #expect(chosen(candidates("10.0.0.1:1", "10.0.0.1:1")) == ["10.0.0.1:1"])
    }

    @Test func `leave room for a backup`() {
        let five = candidates("10.0.0.1:1", "10.0.0.1:2", "10.0.0.1:3", "10.0.0.1:4", "10.0.0.1:5")
        let backup = candidates("10.0.0.1:2", "10.0.0.9:1", "10.0.0.9:2", backup: true)
        #expect(
            chosen(five, backup: backup) == [
                "10.0.0.1:1", "10.0.0.1:2", "10.0.0.1:3", "10.0.0.1:4", "10.0.0.9:1",
            ])
        #expect(chosen(Array(five.prefix(1)), backup: backup).count == 4)
    }

    @Test func `begin with what has not failed just now`() {
        let normal = candidates("10.0.0.1:1", "10.0.0.2:1")
        let backup = candidates("10.0.0.9:1", backup: true)
        #expect(
            chosen(normal, backup: backup, failed("10.0.0.1:1", times: 1)) == [
                "10.0.0.2:1", "10.0.0.9:1", "10.0.0.1:1",
            ])
        // Two and a half minutes later it gets another chance.
        #expect(
            chosen(normal, backup: backup, failed("10.0.0.1:1", times: 1, secondsAgo: 150)).first
                == "10.0.0.1:1")
    }

    @Test func `leave out what is banned, unless all are`() {
        let normal = candidates("10.0.0.1:1", "10.0.0.2:1")
        #expect(chosen(normal, failed("10.0.0.1:1", times: 3)) == ["10.0.0.2:1"])
        var all = failed("10.0.0.2:1", times: 3, secondsAgo: 30)
        for second in [-25, -15, -5] {
            _ = all.failed(Endpoint(host: "10.0.0.1", port: 1), at: now + .seconds(second))
        }
        #expect(chosen(normal, all) == ["10.0.0.2:1", "10.0.0.1:1"])
    }
}

@Suite struct `Where a login is sent` {
    private func section(
        _ redirects: [(String, String)], long: [(String, UInt32, String)] = [],
        short: [(String, UInt32, String)] = []
    ) -> Microchat_NetworkSection {
        func entry(_ entry: (String, UInt32, String)) -> Microchat_AddressEntry {
            .with {
                $0.ip = .init(entry.0.utf8)
                $0.port = entry.1
                $0.host = .init(entry.2.utf8)
            }
        }
        return .with {
            $0.redirects.entries = redirects.map { pair in
                .with {
                    $0.original = pair.0
                    $0.substitute = pair.1
                }
            }
            $0.pool.longEntries = long.map(entry)
            $0.pool.shortEntries = short.map(entry)
        }
    }

    @Test func `are the entries of the host's new name, without NULs`() throws {
        let section = section(
            [("long.a", "long.b"), ("short.a", "short.b")],
            long: [
                ("10.0.0.1\0\0", 0, "long.b\0\0\0"), ("10.0.0.2", 443, "LONG.B"), ("10.0.0.3", 1, "other"),
                ("10.0.0.1", 0, "long.b"), ("not-an-ip", 1, "long.b"), ("10.0.0.4", 70_000, "long.b"),
            ], short: [("::1", 80, "short.b")])
        let long = try #require(AddressPool(section, for: .long, hosts: ["Long.A"]))
        #expect(long.name == "long.b")
        #expect(long.addresses.map(\.description) == ["10.0.0.1", "10.0.0.2:443"])
        let short = try #require(AddressPool(section, for: .short, hosts: ["short.a", "10.0.0.7"]))
        #expect(short.addresses.map(\.description) == ["[::1]:80"])
    }

    @Test func `is nowhere if nothing matches`() {
        let here = section([("long.a", "long.b")], long: [("10.0.0.1", 0, "long.b")])
        #expect(AddressPool(here, for: .long, hosts: ["long.c"]) == nil)
        #expect(AddressPool(here, for: .short, hosts: ["long.a"]) == nil)
        #expect(
            AddressPool(section([("a", "b")], long: [("1.1.1.1", 0, "c")]), for: .long, hosts: ["a"]) == nil)
        #expect(AddressPool(section([("a", "b")], long: [("::x", 0, "b")]), for: .long, hosts: ["a"]) == nil)
        #expect(AddressPool(Microchat_NetworkSection(), for: .long, hosts: []) == nil)
    }

    @Test func `is told by the hosts' own names if only addresses are known`() throws {
        let section = section(
            [("long.a", "x"), ("short.a", "y")], long: [("10.0.0.1", 1, "x"), ("10.0.0.2", 1, "y")])
        let pool = try #require(AddressPool(section, for: .long, hosts: ["127.0.0.1"]))
        #expect(pool.addresses.map(\.host) == ["10.0.0.1"])
    }
}
