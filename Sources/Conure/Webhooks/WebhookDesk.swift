import BotKit
import Engine
import Webhooks

/// Other people's webhooks and the bot's own, as the rules in force describe them.
struct WebhookDesk: Sendable {
    let caller: WebhookCaller
    let port: WebhookPort

    /// Puts what a rules file says in force.
    func replace(by file: RulesFile) throws {
        let targets = try file.webhooks.mapValues(WebhookTarget.init)
        let table = try WebhookTable(file.entrances.map(WebhookEndpoint.init))
        caller.replace(targets)
        port.replace(table)
    }

    /// Calls what rows of an account's outbox say.
    func perform(_ rows: [Outgoing], of account: AccountID) async -> [Result<Receipt, GatewayError>] {
        var results: [Result<Receipt, GatewayError>] = []
        for row in rows {
            guard case .callWebhook(let request) = row.effect else {
                results.append(.failure(.refused(reason: "that is no call of a webhook")))
                continue
            }
            do throws(GatewayError) {
                let answer = try await caller.call(request, key: Self.key(of: row, account))
                results.append(.success(Receipt(answer: (try? JSONLine.text(answer)) ?? "")))
            } catch {
                results.append(.failure(error))
            }
        }
        return results
    }

    /// The same at every attempt, and no other call's: the time is that at which the row was written.
    private static func key(of row: Outgoing, _ account: AccountID) -> String {
        let name = String(
            account.rawValue.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "_" }
                .prefix(64))
        return "\(name)-\(row.number)-\(row.clientID.seconds)"
    }
}

extension WebhookChecks {
    /// What can be called, by those who call and are called.
    static let strict = WebhookChecks(
        settings: { settings in problem { _ = try WebhookTarget(settings) } },
        entrances: { entrances in problem { _ = try WebhookTable(entrances.map(WebhookEndpoint.init)) } })

    private static func problem(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            // As all other findings are written.
            let text = "\(error)"
            return text.prefix(1).lowercased() + text.dropFirst().trimmingSuffix(".")
        }
    }
}

extension WebhookTarget {
    init(_ settings: WebhookSettings) throws {
        try self.init(
            url: WebhookURL(settings.url), method: settings.method,
            headers: settings.headers.map { ($0.name, $0.value.value) },
            signingSecret: settings.signingSecret.map { try WebhookSecret($0) },
            timeout: settings.timeout, allowPrivate: settings.allowsPrivate)
    }
}

extension WebhookEndpoint {
    init(_ entrance: WebhookEntrance) throws {
        try self.init(
            path: entrance.path, method: entrance.method,
            access: entrance.secret.map { .secret(try WebhookSecret($0)) } ?? .open, status: entrance.status)
    }
}

extension WebhookSecret {
    fileprivate init(_ secret: Secret) throws {
        guard let known = WebhookSecret(secret.value) else {
            throw Failure("a secret has 1 to 4,096 bytes")
        }
        self = known
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ suffix: Character) -> Substring { last == suffix ? dropLast() : self }
}
