import Foundation
import MicroChatServer
import MicroChatWire
import SwiftProtobuf
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `A login that needs more than a password` {
    @Test func `waits for approval in a browser, over a restart too`() async throws {
        try await withFolder { folder in
            let url = "http://127.0.0.1:1/approve/alice"
            for round in 0..<2 {
                try await withServer(in: folder) { server in
                    if round == 0 {
                        _ = try await People(server)
                        try await server.accounts.setLoginCheck(.approval(url: url), of: "alice")
                    }
                    let client = try await TestClient(server)
                    #expect(try await client.logIn("alice", password: "wrong").code == .wrongPassword)
                    let answer = try await client.logIn("alice")
                    #expect(answer.code == .approveInBrowser && answer.session == nil)
                    #expect(answer.notice?.url == url)
                    #expect(try await client.logIn("bob").code == .ok)
                    guard round == 1 else { return }
                    // As another process does it.
                    try await Accounts(database: try folder.openDatabase()).setLoginCheck(.none, of: "alice")
                    #expect(try await client.logIn("alice").code == .ok)
                }
            }
        }
    }

    @Test func `only takes an address that fits into the answer`() async throws {
        try await withPeople { server, _ in
            let url = "http://" + String(repeating: "x", count: 34)
            await #expect(throws: AccountError.urlTooLong(url)) {
                try await server.accounts.setLoginCheck(.approval(url: url), of: "alice")
            }
            await #expect(throws: AccountError.unknownAccount("zoe")) {
                try await server.accounts.setLoginCheck(.textMessage, of: "zoe")
            }
        }
    }

    @Test func `takes the code of a text message, which only the operator sees`() async throws {
        let clock = TestClock()
        try await withFolder { folder in
            try await withServer(in: folder, configure: { $0.now = { clock.now } }) { server in
                _ = try await People(server)
                try await server.accounts.setLoginCheck(.textMessage, of: "alice")
                let client = try await TestClient(server)
                let answer = try await client.logIn("alice")
                #expect(answer.code == .textMessageCheck && !answer.ticket.isEmpty)
                #expect(try await client.logIn("alice").ticket == answer.ticket)
                let ticket = String(decoding: answer.ticket, as: UTF8.self)

                #expect(try await check(server, ticket, op: 13) == 0)
                #expect(try await check(server, ticket, op: 11, code: "") == -33)
                #expect(try await check(server, ticket, op: 10, mobile: "not a number") == -2)
                #expect(try await check(server, ticket, op: 12) == -2)
                #expect(try await check(server, "nonsense", op: 13) == -48)
                for _ in 0..<2 {
                    #expect(try await check(server, ticket, op: 10, mobile: "+41791112233") == 0)
                }
                let codes = try await server.accounts.textMessageCodes(now: clock.now)
                let code = try #require(codes.first)
                #expect(codes.count == 1 && code.name == "alice" && code.mobile == "+41791112233")
                #expect(code.code.count == 6 && !"\(code)".contains(code.code))

                #expect(try await client.logIn("alice").code == .textMessageCheck)
                let wrong = code.code == "000000" ? "111111" : "000000"
                #expect(try await check(server, ticket, op: 11, code: wrong) == -32)
                #expect(try await check(server, ticket, op: 11, code: code.code) == 0)
                #expect(try await server.accounts.textMessageCodes(now: clock.now).isEmpty)
                #expect(try await client.logIn("alice").code == .ok)
                let own: Microchat_GetProfileResponse = try await client.call(
                    .getProfile, Microchat_GetProfileRequest())
                #expect(own.profile.bindMobile.value == "+41791112233")
                #expect(try await check(server, ticket, op: 11, code: code.code) == -48)
            }
        }
    }

    @Test func `cannot be guessed, and not be waited out`() async throws {
        let clock = TestClock()
        try await withFolder { folder in
            try await withServer(in: folder, configure: { $0.now = { clock.now } }) { server in
                _ = try await People(server)
                try await server.accounts.setMobile("12345678", of: "alice")
                try await server.accounts.setLoginCheck(.textMessage, of: "alice")
                let client = try await TestClient(server)
                let ticket = String(decoding: try await client.logIn("alice").ticket, as: UTF8.self)
                // Only to the number that the account has.
                #expect(try await check(server, ticket, op: 10, mobile: "87654321") == -2)
                #expect(try await check(server, ticket, op: 10, mobile: "12345678") == 0)
                let code = try #require(
                    try await server.accounts.textMessageCodes(now: clock.now).first?.code)
                for _ in 0..<10 { #expect(try await check(server, ticket, op: 11, code: "x") == -32) }
                #expect(try await check(server, ticket, op: 11, code: code) == -33)
                #expect(try await check(server, ticket, op: 10, mobile: "12345678") == -34)
                clock.advance(by: 1801)
                #expect(try await check(server, ticket, op: 11, code: code) == -48)
                let next = String(decoding: try await client.logIn("alice").ticket, as: UTF8.self)
                #expect(next != ticket && !next.isEmpty)
                #expect(try await client.logIn("alice").code == .textMessageCheck)
            }
        }
    }

    private func check(
        _ server: MicroChatServer, _ ticket: String, op: Int32, mobile: String = "", code: String = ""
    ) async throws -> Int32 {
        let request = Microchat_BindMobileRequest.with {
            $0.authTicket = ticket
            $0.op = op
            $0.mobile = mobile
            $0.verifyCode = code
        }
        let answer: Microchat_BindMobileResponse = try await TestClient.keyed(server, .bindMobile, request)
        return answer.result.code
    }
}
