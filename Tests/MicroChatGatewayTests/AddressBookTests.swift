import BotKit
import Foundation
import Logging
import MicroChatWire
import SwiftProtobuf
import Synchronization
import Testing

@testable import MicroChatGateway

@Suite struct `An address book` {
    private struct Unreachable: Error {}

    /// What the names lead to at the moment, and how often it was asked.
    private final class Names: Sendable {
        let list = Mutex<AddressList?>(nil)
        let hosts = Mutex<[String: [String]]>([:])
        let asked = Mutex<[String]>([])

        func sources(hasService: Bool = true) -> AddressBook.Sources {
            let list: @Sendable () async throws -> AddressList = { [self] in
                asked.withLock { $0.append("list") }
                guard let list = self.list.withLock({ $0 }) else { throw Unreachable() }
                return list
            }
            return AddressBook.Sources(list: hasService ? list : nil) { [self] name in
                asked.withLock { $0.append(name) }
                return hosts.withLock { $0[name] ?? [] }
            }
        }
    }

    private let names = Names()
    private let clock = SetClock()
    private let memory = TestMemory()
    private let list = AddressList(domains: [
        .init(
            name: "long.a", timeout: 60, addresses: [.init(ip: "10.0.0.1"), .init(ip: "10.0.0.2", port: 1)]),
        .init(name: "short.a", timeout: 600, addresses: [.init(ip: "10.0.0.3")]),
    ])

    private func book(_ told: ServerAddresses, hasService: Bool = true) async -> AddressBook {
        let book = AddressBook(
            told, sources: names.sources(hasService: hasService), memory: memory, clock: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        await book.load()
        return book
    }

    private func texts(_ candidates: [Candidate]) -> [String] {
        candidates.map { ($0.isBackup ? "backup " : "") + $0.endpoint.description }
    }

    private func redirect(
        to long: String, port: UInt32 = 9, original: String = "long.a"
    ) -> Microchat_NetworkSection {
        .with {
            $0.redirects.entries = [
                .with {
                    $0.original = original
                    $0.substitute = "long.b"
                }
            ]
            $0.pool.longEntries = [
                .with {
                    $0.ip = Data(long.utf8)
                    $0.port = port
                    $0.host = Data("long.b".utf8)
                }
            ]
        }
    }

    @Test func `asks nobody for addresses that it was told`() async {
        let book = await book(
            ServerAddresses(longLinks: [HostAddress(host: "10.0.0.9", port: 1)], shortLinks: []))
        #expect(texts(await book.candidates(for: .long)) == ["10.0.0.9:1"])
        #expect(names.asked.withLock { $0 }.isEmpty)
        #expect(texts(await book.candidates(for: .short)) == [])
    }

    @Test func `finds the hosts of an address list, which holds for its time`() async {
        names.list.withLock { $0 = list }
        let book = await book(ServerAddresses())
        #expect(
            texts(await book.candidates(for: .long)) == [
                "10.0.0.1:8080", "10.0.0.1:443", "10.0.0.1:80", "10.0.0.2:1",
            ])
        #expect(texts(await book.candidates(for: .short)) == ["10.0.0.3:80"])
        clock.advance(by: .seconds(59))
        _ = await book.candidates(for: .long)
        #expect(names.asked.withLock { $0 } == ["list"])
        clock.advance(by: .seconds(1))
        _ = await book.candidates(for: .long)
        #expect(names.asked.withLock { $0 } == ["list", "list"])
    }

    @Test func `does not blame a name service that nobody waits for any more`() async {
        let book = await book(ServerAddresses())
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await book.candidates(for: .long)
        }
        #expect(await task.value.isEmpty)
        names.list.withLock { $0 = list }
        #expect(await book.candidates(for: .long).count == 4)
    }

    @Test func `looks a host up in the list, else in DNS, else leaves it to who connects`() async {
        names.list.withLock { $0 = list }
        names.hosts.withLock { $0 = ["dns.a": ["10.0.0.5", "::5"]] }
        let book = await book(
            ServerAddresses(longLinks: [
                HostAddress(host: "long.a", port: 7), HostAddress(host: "dns.a", port: 7),
                HostAddress(host: "proxy.only", port: 7),
            ]))
        #expect(
            texts(await book.candidates(for: .long)) == [
                "10.0.0.1:7", "10.0.0.2:7", "10.0.0.5:7", "[::5]:7", "proxy.only:7",
            ])
        _ = await book.candidates(for: .long)
        #expect(names.asked.withLock { $0 } == ["list", "dns.a", "proxy.only"])
    }

    @Test func `without the list uses DNS, and what the last login found, also after a restart`() async {
        names.list.withLock { $0 = list }
        let first = await book(ServerAddresses())
        for candidate in await first.candidates(for: .long).prefix(1) {
            await first.succeeded(candidate, on: .long)
        }
        names.list.withLock { $0 = nil }
        let second = await book(ServerAddresses())
        #expect(
            texts(await second.candidates(for: .long)) == [
                "backup 10.0.0.1:8080", "backup 10.0.0.1:443", "backup 10.0.0.1:80", "backup 10.0.0.2:1",
            ])
        #expect(names.asked.withLock { $0 } == ["list", "list", "long.a"])
        names.hosts.withLock { $0 = ["long.a": ["10.0.0.6"]] }
        clock.advance(by: .seconds(6))
        #expect(texts(await second.normal(for: .long)).first == "10.0.0.6:8080")
    }

    @Test func `takes the owner's backups if nothing is remembered`() async {
        let told = ServerAddresses(
            longLinks: [HostAddress(host: "10.0.0.1", port: 1)],
            longBackups: [HostAddress(host: "10.0.0.9", port: 1)])
        let book = await book(told, hasService: false)
        #expect(texts(await book.candidates(for: .long)) == ["10.0.0.1:1", "backup 10.0.0.9:1"])
    }

    @Test func `prefers what works, and remembers bans`() async {
        let told = ServerAddresses(longLinks: [
            HostAddress(host: "10.0.0.1", port: 1), HostAddress(host: "10.0.0.2", port: 1),
        ])
        let book = await book(told, hasService: false)
        for _ in 0..<3 {
            await book.failed(Endpoint(host: "10.0.0.1", port: 1), on: .long)
            clock.advance(by: .seconds(10))
        }
        #expect(texts(await book.candidates(for: .long)) == ["10.0.0.2:1"])
        let next = await self.book(told, hasService: false)
        #expect(texts(await next.candidates(for: .long)) == ["10.0.0.2:1"])
        await next.isReachable(Endpoint(host: "10.0.0.1", port: 1))
        #expect(texts(await next.candidates(for: .long)) == ["10.0.0.1:1", "10.0.0.2:1"])
    }

    @Test func `goes where a login is sent, first there only, later there first, also after a restart`()
        async throws
    {
        names.list.withLock { $0 = list }
        let book = await book(ServerAddresses())
        let connected = try #require(await book.candidates(for: .long).first)
        _ = await book.candidates(for: .short)
        await book.adopt(redirect(to: "10.0.0.7"), from: connected)
        #expect(texts(await book.candidates(for: .long)) == ["10.0.0.7:9"])
        // It had nothing for this one.
        #expect(texts(await book.candidates(for: .short)) == ["10.0.0.3:80"])
        await book.failed(Endpoint(host: "10.0.0.7", port: 9), on: .long)
        #expect(texts(await book.candidates(for: .long)).contains("10.0.0.1:8080"))
        let next = await self.book(ServerAddresses())
        clock.advance(by: .seconds(200))
        #expect(texts(await next.candidates(for: .long)).first == "10.0.0.7:9")
        // A host that was renamed may be renamed again.
        await next.adopt(redirect(to: "10.0.0.8", original: "long.b"), from: connected)
        #expect(texts(await next.candidates(for: .long)) == ["10.0.0.8:9"])
    }

    @Test func `forgets where logins were sent once one works elsewhere`() async throws {
        names.list.withLock { $0 = list }
        let book = await book(ServerAddresses())
        let usual = try #require(await book.candidates(for: .long).first)
        await book.adopt(redirect(to: "10.0.0.7"), from: usual)
        await book.succeeded(usual, on: .long)
        #expect(texts(await book.candidates(for: .long)).first == "10.0.0.1:8080")
        #expect(!texts(await book.candidates(for: .long)).contains("10.0.0.7:9"))
    }

    @Test func `takes nothing along to another server`() async throws {
        let told = ServerAddresses(longLinks: [HostAddress(host: "10.0.0.1", port: 1)])
        let book = await book(told, hasService: false)
        let connected = try #require(await book.candidates(for: .long).first)
        await book.adopt(redirect(to: "10.0.0.7"), from: connected)
        #expect(texts(await book.candidates(for: .long)) == ["10.0.0.7:9"])
        let other = ServerAddresses(longLinks: [HostAddress(host: "10.0.0.2", port: 1)])
        #expect(texts(await self.book(other, hasService: false).candidates(for: .long)) == ["10.0.0.2:1"])
        // What can't be read is as good as nothing.
        try await memory.save([1, 2, 3], as: "addresses")
        #expect(texts(await self.book(told, hasService: false).candidates(for: .long)) == ["10.0.0.1:1"])
    }
}
