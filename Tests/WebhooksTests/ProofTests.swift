import BotKit
import Testing

@testable import Webhooks

@Suite(.timeLimit(.minutes(5))) struct `Proofs of who calls` {
    private static let now = StillClock().now
    private static let body = Array("{\"id\": 7}".utf8)

    private static func conure(_ offset: Int64 = 0, _ body: [UInt8] = body, _ secret: WebhookSecret = .test)
        throws -> String
    {
        try #require(
            WebhookSignature.value(for: body, secret: secret, now: Timestamp(seconds: now.seconds + offset)))
    }

    private static func hub(_ secret: WebhookSecret = .test) throws -> String {
        "sha256=" + Hex.text(try #require(Digests.authenticationCode(of: body, under: secret)))
    }

    /// Headers, and whether they prove anything.
    private static func cases() throws -> [(headers: [String], isGood: Bool)] {
        let other = try #require(WebhookSecret("another secret"))
        let signature = try conure()
        let zeros = String(repeating: "0", count: 64)
        return [
            (["Authorization: Bearer a secret of the tests"], true),
            (["authorization: bearer  a secret of the tests"], true),
            (["Authorization: Bearer a secret of the test"], false),
            (["Authorization: Bearer "], false),
            (["Authorization: Basic a secret of the tests"], false),
            (["X-Conure-Signature: \(signature)"], true),
            (["X-Conure-Signature: \(try conure(-300))"], true),
            (["X-Conure-Signature: \(try conure(-301))"], false),
            (["X-Conure-Signature: \(try conure(301))"], false),
            (["X-Conure-Signature: \(try conure(0, Array("other".utf8)))"], false),
            (["X-Conure-Signature: \(try conure(0, body, other))"], false),
            // The time is signed too.
            (["X-Conure-Signature: \(signature.replacing("t=1790000000", with: "t=1790000001"))"], false),
            (["X-Conure-Signature: \(signature),v1=\(zeros)"], true),
            (["X-Conure-Signature: \(signature.replacing("v1=", with: "v1=\(zeros),v1="))"], true),
            (["X-Conure-Signature: \(signature),t=1790000000"], false),
            (["X-Conure-Signature: \(signature.dropLast(2))"], false),
            (["X-Conure-Signature: t=1790000000,v1="], false),
            (["X-Conure-Signature: v1=\(zeros)"], false),
            (["X-Conure-Signature: t=99999999999999999999,v1=\(zeros)"], false),
            (["X-Hub-Signature-256: \(try hub())"], true),
            (["X-Hub-Signature-256: \(try hub().replacing("sha256=", with: "sha1="))"], false),
            (["X-Hub-Signature-256: \(try hub(other))"], false),
            (["X-Hub-Signature-256: sha256="], false),
            ([], false),
        ]
    }

    @Test func `Only whoever knows the secret is heard, and nobody learns what was wrong`() async throws {
        let endpoint = try WebhookEndpoint(path: "/ci", access: .secret(.test))
        try await withListener([endpoint]) { bot async throws in
            var refusals: Set<String> = []
            for (headers, isGood) in try Self.cases() {
                let answer = try await bot.call("POST", "/ci", headers, Self.body)
                #expect(answer.status == (isGood ? 202 : 401), "\(headers)")
                if !isGood {
                    refusals.insert(String(answer.text.split(separator: "\r\n").last ?? ""))
                    #expect(answer.header("WWW-Authenticate") == "Bearer")
                }
            }
            #expect(refusals.count == 1)
            let good = try Self.cases().count(where: \.isGood)
            #expect(bot.journal.calls.count == good)
        }
    }

    @Test func `The signature is the one that anybody's HMAC makes`() throws {
        // printf '1790000000.{"id": 7}' | openssl dgst -sha256 -hmac 'a secret of the tests'
        #expect(
            try Self.conure()
                == "t=1790000000,v1=b47c62ebce7a0def2f13dfd1860f1d786b9f8e70ceb073ebc0b9fa123d6e1329")
    }

    @Test func `A secret shows itself to nobody, and is not empty`() {
        #expect(WebhookSecret("") == nil)
        let endpoint = try? WebhookEndpoint(path: "/ci", access: .secret(.test))
        var text = ""
        dump(endpoint, to: &text)
        #expect(!text.contains("97"))
        #expect("\(String(describing: endpoint)) \(String(reflecting: endpoint))".contains("redacted"))
    }
}
