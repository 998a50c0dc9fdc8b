import BotKit

/// A language model behind an HTTP server.
struct Model {
    /// Up to the version: `https://api.example.com/v1`.
    let address: String
    let name: String
    let key: String?

    private struct Question: Encodable {
        let model: String
        let messages: [Talk.Turn]
        let stream = false
        // swift-format-ignore: AlwaysUseLowerCamelCase
        let max_tokens = 1000
    }

    private struct Reply: Decodable {
        struct Choice: Decodable { let message: Message }
        struct Message: Decodable { let content: String? }
        // swift-format-ignore: AlwaysUseLowerCamelCase
        struct Usage: Decodable { let total_tokens: Int? }
        let choices: [Choice]
        let usage: Usage?
    }

    /// What the model says next, and how many tokens that took.
    func complete(
        _ turns: [Talk.Turn], _ settings: Settings, _ context: Context
    ) async throws -> (text: String, tokens: Int) {
        let question = Question(
            model: name, messages: [Talk.Turn(role: .system, content: settings.prompt)] + turns)
        let answer = try await context.http.post(
            address + "/chat/completions", json: question,
            headers: key.map { ["Authorization": "Bearer \($0)"] } ?? [:],
            // The rule says how long a call may take; a little of that is left for saying that it took too long.
            timeout: max(.seconds(1), context.timeout - .seconds(1)))
        if answer.status == 401 || answer.status == 403 {
            throw Failure("the model's server refuses the key")
        }
        let reply = try answer.checked().json(as: Reply.self)
        guard let text = reply.choices.first?.message.content, !text.isEmpty else {
            throw Failure("the model says nothing")
        }
        // Servers that do not count are taken at four bytes a token, which is what the others come to.
        let bytes = question.messages.reduce(text.utf8.count) { $0 + $1.content.utf8.count }
        return (text, max(1, reply.usage?.total_tokens ?? bytes / 4))
    }
}
