import Foundation
import MicroChatServer
import MicroChatWire
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `The name service` {
    private func ask(
        _ address: ServerConfiguration.Address, _ request: String = "GET \(AddressList.path)"
    ) async throws -> HTTPAnswer {
        let socket = try await TestSocket(address)
        try await socket.write(
            ByteBuffer(string: "\(request) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
        return try #require(try await socket.answer())
    }

    private func list(_ answer: HTTPAnswer) throws -> AddressList {
        #expect(answer.status == 200 && answer.headers["content-type"] == "text/xml")
        return try AddressList(xml: Array(answer.body.readableBytesView))
    }

    @Test func `says where both links are, whatever else it is told`() async throws {
        try await withFolder { folder in
            try await withServer(in: folder) { server in
                #expect(server.nameService == server.shortLink)
                let query = "?uin=7&clientversion=637927472&scene=0&net=1&new=thing"
                for request in ["GET \(AddressList.path)", "GET \(AddressList.path)\(query)"] {
                    let list = try list(await ask(server.shortLink, request))
                    let long = AddressList.Address(ip: "127.0.0.1", port: server.longLink.port)
                    let short = AddressList.Address(ip: "127.0.0.1", port: server.shortLink.port)
                    #expect(list.domains(for: .long).flatMap(\.addresses) == [long])
                    #expect(list.domains(for: .short).flatMap(\.addresses) == [short])
                    #expect(list.domains.map(\.name) == ["long.chat.example", "short.chat.example"])
                }
                #expect(try await ask(server.shortLink, "POST \(AddressList.path)").status == 400)
            }
        }
    }

    @Test func `may have a port of its own, and says where it was reached`() async throws {
        try await withFolder { folder in
            try await withServer(in: folder) {
                $0.longLink.host = "0.0.0.0"
                $0.shortLink.host = "0.0.0.0"
                $0.nameService = .init(host: "0.0.0.0", port: 0)
                $0.tls.allowsCleartext = true
                $0.names = HostNames(long: "l", short: "s")
            } _: { server in
                #expect(server.nameService.port != server.shortLink.port)
                let port = server.nameService.port
                for ip in ["127.0.0.1", "127.0.0.2"] {
                    let list = try list(await ask(.init(host: ip, port: port)))
                    #expect(list.domain("l")?.addresses == [.init(ip: ip, port: server.longLink.port)])
                    #expect(list.domain("s")?.addresses == [.init(ip: ip, port: server.shortLink.port)])
                }
            }
        }
    }

    @Test(arguments: [true, false])
    func `may be joined by login answers that name other addresses`(refuses: Bool) async throws {
        try await withFolder { folder in
            try await withServer(in: folder) {
                $0.redirect = Redirect(
                    longLinks: [.init(host: "10.0.0.1", port: 1)], shortLinks: [.init(host: "::1", port: 2)],
                    refusesLogins: refuses)
            } _: { server in
                _ = try await People(server)
                let answer = try await TestClient(server).logIn("alice")
                #expect(answer.code == (refuses ? .redirected : .ok))
                #expect((answer.session == nil) == refuses)
                let network = try #require(answer.network)
                #expect(network.redirects.entries.map(\.original).contains("long.chat.example"))
                #expect(network.redirects.count == UInt32(network.redirects.entries.count))
                let long = try #require(network.pool.longEntries.first)
                #expect(String(decoding: long.ip, as: UTF8.self) == "10.0.0.1" && long.port == 1)
                #expect(network.pool.shortCount == 1 && network.pool.shortEntries.first?.port == 2)
            }
        }
    }
}
