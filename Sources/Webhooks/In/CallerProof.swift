import BotKit
import HTTPTypes

/// How a caller proves that it knows an endpoint's secret: any one of three headers is enough.
enum CallerProof {
    /// The HMAC-SHA-256 of the body and nothing else, as widely used.
    private static let hubHeader = "X-Hub-Signature-256"

    /// What the headers alone say.
    enum Verdict { case good, bad, dependsOnBody }

    /// Judges before anything of the body was read, so that strangers make no work.
    static func verdict(on headers: HTTPFields, secret: WebhookSecret) -> Verdict {
        if let token = bearer(headers), Digests.areEqual(Array(token.utf8), secret.bytes) { return .good }
        return headers.value(named: WebhookSignature.header) != nil || headers.value(named: hubHeader) != nil
            ? .dependsOnBody : .bad
    }

    /// Judges the signatures, once the body is there.
    static func isSigned(_ body: [UInt8], headers: HTTPFields, secret: WebhookSecret, now: Timestamp) -> Bool
    {
        if let value = headers.value(named: WebhookSignature.header),
            WebhookSignature.isGood(value, body: body, secret: secret, now: now)
        {
            return true
        }
        let prefix = "sha256="
        guard let value = headers.value(named: hubHeader), value.hasPrefix(prefix), value.utf8.count <= 256,
            let code = Hex.bytes(value.dropFirst(prefix.count)),
            let expected = Digests.authenticationCode(of: body, under: secret)
        else { return false }
        return Digests.areEqual(code, expected)
    }

    private static func bearer(_ headers: HTTPFields) -> Substring? {
        guard let value = headers[.authorization], let space = value.firstIndex(of: " "),
            value[..<space].lowercased() == "bearer"
        else { return nil }
        return value[space...].drop { $0 == " " }
    }
}
