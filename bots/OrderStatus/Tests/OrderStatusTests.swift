import BotKitTesting
import Testing

@testable import OrderStatus

@Suite(.timeLimit(.minutes(5))) struct `An order's status` {
    private let shop = ["ORDERS_URL": "https://shop.example.com/orders/NUMBER", "ORDERS_KEY": "k1"]

    private func chat(_ answer: @escaping @Sendable (HTTP.Request) async throws -> HTTP.Answer) throws
        -> TestChat
    {
        try TestChat(OrderStatus.self, environment: shop, http: HTTP(answer))
    }

    @Test func `is what the shop says`() async throws {
        let chat = try chat { request in
            #expect(request.address == "https://shop.example.com/orders/AB123456")
            #expect(request.headers["authorization"] == "Bearer k1")
            return HTTP.Answer(json: ["number": "AB123456", "state": "on its way", "due": "2026-12-01"])
        }
        let order = try await chat.call("OrderStatus.lookup", with: ["number": "AB123456"])
        #expect(order == ["number": "AB123456", "state": "on its way", "due": "2026-12-01"])
    }

    @Test func `is asked for again when the shop is busy`() async throws {
        let chat = try chat { _ in HTTP.Answer(status: 503) }
        await #expect(throws: Failure("the server answered with 503", retry: true)) {
            try await chat.call("OrderStatus.lookup", with: ["number": "AB123456"])
        }
    }

    @Test(arguments: [
        (HTTP.Answer(status: 404), "there is no order AB123456"),
        (HTTP.Answer(status: 401), "the server answered with 401"),
        (HTTP.Answer(json: ["state": 1]), "the answer is no Order in JSON"),
    ])
    func `fails with a reason`(answer: HTTP.Answer, reason: String) async throws {
        let chat = try chat { _ in answer }
        await #expect(throws: Failure(reason)) {
            try await chat.call("OrderStatus.lookup", with: ["number": "AB123456"])
        }
    }

    @Test(arguments: ["", "../admin", "AB 1", "٣", "x?y"]) func `is of an order, and of nothing else`(
        number: String
    ) async throws {
        let chat = try chat { _ in HTTP.Answer(json: [:]) }
        await #expect(throws: Failure("that is no order number")) {
            try await chat.call("OrderStatus.lookup", with: ["number": .text(number)])
        }
    }

    @Test func `needs a shop`() async throws {
        let chat = try TestChat(OrderStatus.self)
        await #expect(throws: Failure.self) {
            try await chat.call("OrderStatus.lookup", with: ["number": "AB123456"])
        }
    }
}
