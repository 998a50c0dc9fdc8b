import BotKit
import Testing

@testable import Webhooks

@Suite(.timeLimit(.minutes(5))) struct `Where webhooks reach` {
    private static let request = WebhookRequest(webhook: "w", contentType: "text/plain", body: "x")

    @Test(arguments: [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1", "100.127.255.255", "100.100.100.200", "224.0.0.1", "255.255.255.255", "192.0.0.192",
        "168.63.129.16", "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::",
        "::7f00:1",
        "2001:db8::1", "4000::1",
    ])
    func `not to what is not public`(address: String) async throws {
        let parsed = try #require(IPAddress(address))
        #expect(ForbiddenNetworks.kind(of: parsed) != nil)
        let target = try WebhookTarget(url: WebhookURL("http://rebound.test/"))
        let caller = WebhookCaller(targets: ["w": target], version: "1", resolver: TestResolver([address]))
        let error = await #expect(throws: GatewayError.self) { try await caller.call(Self.request, key: "k") }
        guard case .refused(let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains("allow_private"))
    }

    @Test(arguments: [
        "11.0.0.1", "172.15.0.1", "172.32.0.1", "100.63.255.255", "100.128.0.0", "169.253.0.1",
        "223.255.255.255",
        "2a00::1", "::ffff:11.0.0.1", "64:ff9b::b00:1",
    ])
    func `to what is public`(address: String) throws {
        #expect(ForbiddenNetworks.kind(of: try #require(IPAddress(address))) == nil)
    }

    @Test(arguments: [
        "http://127.0.0.1/", "http://[::1]/", "http://2130706433/", "http://0x7f.1/", "http://localhost./",
    ])
    func `not to this machine under another spelling`(url: String) async throws {
        let target = try WebhookTarget(url: WebhookURL(url))
        let caller = WebhookCaller(targets: ["w": target], version: "1")
        let error = await #expect(throws: GatewayError.self) { try await caller.call(Self.request, key: "k") }
        switch error {
        case .refused: break
        // Some resolvers know no such names.
        case .retry(let reason, _): #expect(reason.contains("not known"))
        default: Issue.record("\(String(describing: error))")
        }
    }

    @Test func `only to the address that was checked, whatever the name means a moment later`() async throws {
        try await TestWebhook.run(.send(answer("200 OK"))) { webhook in
            // Everybody else's DNS, and the test's own a moment later, say 127.0.0.1, where somebody listens.
            let target = try WebhookTarget(
                url: WebhookURL("http://localhost:\(webhook.port)/"), allowPrivate: true)
            let resolver = TestResolver(["127.0.0.9"], ["127.0.0.1"])
            let caller = WebhookCaller(targets: ["w": target], version: "1", resolver: resolver)
            await #expect(throws: GatewayError.self) { try await caller.call(Self.request, key: "k") }
            #expect(webhook.requests.isEmpty)
            #expect(resolver.questions == 1)
        }
    }

    @Test func `not to the forbidden ones among several addresses`() async throws {
        let resolver = TestResolver(["127.0.0.1", "11.0.0.1", "::1", "2a00::1", "10.0.0.1"])
        let caller = WebhookCaller(targets: [:], version: "1", resolver: resolver)
        let target = try WebhookTarget(url: WebhookURL("http://mixed.test/"))
        #expect(
            try await caller.permittedAddresses(of: target).map(\.description) == ["11.0.0.1", "2a00::1"])
    }

    @Test func `not to names that nobody knows`() async throws {
        let target = try WebhookTarget(url: WebhookURL("https://nowhere.test/"))
        let caller = WebhookCaller(targets: ["w": target], version: "1", resolver: TestResolver([]))
        let error = await #expect(throws: GatewayError.self) { try await caller.call(Self.request, key: "k") }
        #expect(error == .retry(reason: "The name nowhere.test is not known to the DNS."))
    }

    @Test(arguments: [
        ("https://Help.Example.com/in?a=b#c", "https://help.example.com/in?a=b"),
        ("http://a.test:80", "http://a.test/"), ("http://a.test:8080?x", "http://a.test:8080/?x"),
        ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443/"),
        ("HTTPS://a.test:443/", "https://a.test/"),
    ])
    func `An address is read strictly`(text: String, url: String) throws {
        #expect(try WebhookURL(text).url == url)
    }

    @Test(arguments: [
        "", "a.test", "ftp://a.test/", "https://", "https:///x", "https://u:p@a.test/", "https://a.test:0/",
        "https://a.test:99999/", "https://a.test:x/", "https://ä.test/", "https://a b/", "https://a%2eb/",
        "https://[fe80::1%25eth0]/", "https://[127.0.0.1]/", "https://a.test\\@b.test/", "http+unix://x/",
    ])
    func `What is no address is refused`(text: String) {
        #expect(throws: WebhookMistake.self) { try WebhookURL(text) }
    }

    @Test(arguments: [
        (name: "Host", value: "a"), (name: "Content-Length", value: "1"), (name: "a b", value: "x"),
        (name: "X-A", value: "a\r\nX-B: c"), (name: "", value: "x"), (name: "idempotency-key", value: "x"),
    ])
    func `A header that would change what is sent is refused`(header: (name: String, value: String)) throws {
        let url = try WebhookURL("https://a.test/")
        #expect(throws: WebhookMistake.self) { try WebhookTarget(url: url, headers: [header]) }
    }
}
