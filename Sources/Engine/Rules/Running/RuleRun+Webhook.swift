import BotKit
import Foundation

extension RuleRun {
    /// What a step sends to a webhook.
    func request(of payload: Payload, to webhook: String) throws -> WebhookRequest {
        switch payload {
        case .text(let answer):
            return WebhookRequest(
                webhook: webhook, contentType: "text/plain; charset=utf-8",
                body: try template(of: answer).render(self))
        case .form(let fields):
            let pairs = try fields.map {
                Self.formEncoded($0.name) + "=" + Self.formEncoded(try $0.value.fill(self))
            }
            return WebhookRequest(
                webhook: webhook, contentType: "application/x-www-form-urlencoded",
                body: pairs.joined(separator: "&"))
        case .json(let template):
            return WebhookRequest(
                webhook: webhook, contentType: "application/json", body: try value(of: template).json)
        }
    }

    func value(of template: Payload.JSONTemplate) throws -> Value {
        switch template {
        case .value(let template): try template.value(self)
        case .fixed(let value): value
        case .list(let items): .list(try items.map(value))
        case .map(let entries):
            .map(
                Dictionary(
                    try entries.map { ($0.name, try value(of: $0.value)) },
                    uniquingKeysWith: { first, _ in first }))
        }
    }

    /// As HTML forms are sent: what is not a letter, a digit or one of `*-._` as its bytes in hexadecimal.
    private static func formEncoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x20: result += "+"
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2A, 0x2D, 0x2E, 0x5F:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += String(format: "%%%02X", Int(byte))
            }
        }
        return result
    }
}
