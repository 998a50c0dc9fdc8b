import BotKit
import Foundation
import NIOSSL
import Testing

@testable import Webhooks

@Suite(.timeLimit(.minutes(5))) struct `Certificates of others' webhooks` {
    @Test(.enabled(if: `What the documentation says`.hasTools))
    func `Nothing leaves to a server whose certificate no authority signed`() async throws {
        let pem = try await `What the documentation says`.run(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days", "2", "-subj", "/CN=helpdesk.test", "-addext", "subjectAltName=DNS:helpdesk.test",
                "-keyout", "-",
            ], [:])
        let certificates = try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(pem.utf8), format: .pem)
        let context = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key)))
        try await TestWebhook.run(.send(answer("200 OK")), tls: context) { webhook in
            let target = try WebhookTarget(
                url: WebhookURL("https://helpdesk.test:\(webhook.port)/"), allowPrivate: true)
            let caller = WebhookCaller(
                targets: ["w": target], version: "1", resolver: TestResolver(["127.0.0.1"]))
            let request = WebhookRequest(webhook: "w", contentType: "text/plain", body: "x")
            let error = await #expect(throws: GatewayError.self) { try await caller.call(request, key: "k") }
            guard case .retry(let reason, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("certificate"))
            #expect(webhook.requests.isEmpty)
        }
    }
}
