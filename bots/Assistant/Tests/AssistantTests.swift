import BotKitTesting
import Testing

@testable import Assistant

/// A server that speaks the API: it says back what it was asked, and counts ten tokens a turn.
@Sendable private func model(_ request: HTTP.Request) throws -> HTTP.Answer {
    guard request.method == "POST", request.address.hasSuffix("/v1/chat/completions") else {
        return HTTP.Answer(status: 404)
    }
    guard request.headers["authorization"] == "Bearer secret" else { return HTTP.Answer(status: 401) }
    guard let body = Value(json: String(decoding: request.body, as: UTF8.self)), body["stream"] == false,
        body["model"] == "small", let turns = body["messages"].asList
    else { return HTTP.Answer(status: 400) }
    let texts = turns.map { "\($0["role"].asText ?? "")=\($0["content"].asText ?? "")" }
    return HTTP.Answer(json: [
        "choices": [
            ["message": ["role": "assistant", "content": .text(texts.dropFirst().joined(separator: "|"))]]
        ],
        "usage": ["total_tokens": Value(10 * turns.count)],
    ])
}

@Suite(.timeLimit(.minutes(5))) struct `The assistant` {
    private func chat(
        _ address: String, _ more: [String: String] = [:], http: HTTP = .network
    ) throws -> TestChat {
        let usual = ["ASSISTANT_URL": address + "/v1", "ASSISTANT_KEY": "secret", "ASSISTANT_MODEL": "small"]
        return try TestChat(Assistant.self, environment: usual.merging(more) { $1 }, http: http)
    }

    @Test func `answers with what went before, over a real connection`() async throws {
        try await withServer(model) { address in
            let chat = try chat(address)
            try await chat.call("Assistant.answer", about: "Who are you?")
            try await chat.call("Assistant.answer", about: "And I?")
            #expect(
                chat.replies == [
                    "user=Who are you?", "user=Who are you?|assistant=user=Who are you?|user=And I?",
                ])
            #expect(chat.log.last == "info: answered tokens=40")
            try await chat.call("Assistant.forget")
            try await chat.call("Assistant.answer", with: ["text": "Hello"])
            #expect(chat.replies.last == "user=Hello")
        }
    }

    @Test func `knows who speaks in a room`() async throws {
        try await withServer(model) { address in
            let room = try chat(address).room("Team")
            try await room.call("Assistant.answer", about: "Hi")
            #expect(room.replies == ["user=Ann: Hi"])
        }
    }

    @Test func `spends no more than it may in a day`() async throws {
        let chat = try chat("http://model", ["ASSISTANT_TOKENS_PER_DAY": "30"], http: HTTP(model))
        for _ in 1...4 { try await chat.call("Assistant.answer", about: "x") }
        #expect(
            chat.replies.suffix(2)
                == Array(repeating: "That is enough for today. Ask me again tomorrow.", count: 2))
        try await chat.advance(by: .days(1))
        try await chat.call("Assistant.answer", about: "y")
        #expect(chat.replies.last?.hasSuffix("user=y") == true)
    }

    @Test(arguments: [
        (HTTP.Answer(status: 401), Failure("the model's server refuses the key")),
        (HTTP.Answer(status: 429), Failure("the server answered with 429", retry: true)),
        (HTTP.Answer(json: ["choices": []]), Failure("the model says nothing")),
        (HTTP.Answer(body: Array("<html>".utf8)), Failure("the answer is no Reply in JSON")),
    ])
    func `fails with a reason, and remembers nothing of it`(answer: HTTP.Answer, failure: Failure)
        async throws
    {
        let chat = try chat("http://model", http: HTTP { _ in answer })
        await #expect(throws: failure) { try await chat.call("Assistant.answer", about: "x") }
        #expect(chat.memory.isEmpty)
        #expect(chat.replies.isEmpty)
    }

    @Test func `needs a model`() async throws {
        let chat = try TestChat(Assistant.self)
        await #expect(throws: Failure.self) { try await chat.call("Assistant.answer", about: "x") }
    }

    @Test func `keeps a bounded part of a talk`() {
        var talk = Talk()
        for number in 1...100 { talk.add(Talk.Turn(role: .user, content: "\(number)")) }
        #expect(talk.turns.count == Talk.mostTurns)
        #expect(talk.turns.last?.content == "100")
        talk.add(Talk.Turn(role: .user, content: String(repeating: "x", count: 100_000)))
        #expect(talk.turns.count == 1)
    }
}
