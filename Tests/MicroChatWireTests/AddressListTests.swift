import MicroChatWire
import Testing

@Suite struct `An address list` {
    private func read(_ xml: String) throws -> AddressList { try AddressList(xml: Array(xml.utf8)) }

    private func list(_ domains: String) throws -> AddressList {
        try read("<dns><retcode>0</retcode><domainlist>\(domains)</domainlist></dns>")
    }

    @Test func `is read as the protocol text shows it`() throws {
        let list = try read(
            """
            <?xml version="1.0" encoding="utf-8"?>
            <dns>
            <retcode>0</retcode>
            <domainlist>
            <domain name="long.chat.example" timeout="600">
            <ip>127.0.0.1</ip>
            <ip>127.0.0.2</ip>
            </domain>
            <domain name="short.chat.example" timeout="60">
            <ip property="minor">127.0.0.3</ip>
            <ip property="major">127.0.0.1</ip>
            </domain>
            <domain name="localhost" timeout="600">
            <ip>127.0.0.1</ip>
            </domain>
            </domainlist>
            </dns>
            """)
        #expect(list.domains.map(\.name) == ["long.chat.example", "short.chat.example", "localhost"])
        #expect(list.domains.map(\.timeout) == [600, 60, 600])
        #expect(list.domains(for: .long).flatMap(\.addresses).map(\.ip) == ["127.0.0.1", "127.0.0.2"])
        #expect(list.domains(for: .short).flatMap(\.addresses).map(\.ip) == ["127.0.0.1", "127.0.0.3"])
        #expect(list.domain("LONG.chat.example")?.addresses.allSatisfy { $0.port == nil } == true)
    }

    @Test func `is read as it was written`() throws {
        let list = AddressList(domains: [
            .init(
                name: "a&\"<b>'", timeout: 7, link: .long,
                addresses: [.init(ip: "::1", port: 1), .init(ip: "10.0.0.1", isMinor: true)]),
            .init(name: "b.example", timeout: 600, addresses: []),
        ])
        #expect(try read(list.xml) == list)
        #expect(list.domains(for: .long).map(\.name) == ["a&\"<b>'"])
    }

    @Test func `may hold what is not known here`() throws {
        let list = try read(
            """
            <!-- a list --><dns v='2'><new><ip>9.9.9.9</ip></new><retcode> 0 </retcode><clientip>1.2.3.4</clientip>
            <domainlist><more/><domain name="long.a" x="y" timeout="soon"><extra><ip>8.8.8.8</ip></extra>
            <ip port="99999"><![CDATA[1.1.1.1]]></ip><ip port="5"> 2.2.2.2 </ip><ip/><ip></ip></domain>
            <domain timeout="1"><ip>3.3.3.3</ip></domain></domainlist></dns>
            """)
        #expect(
            list.domains == [
                .init(
                    name: "long.a", timeout: 600,
                    addresses: [.init(ip: "1.1.1.1"), .init(ip: "2.2.2.2", port: 5)])
            ])
    }

    @Test func `says which link a host serves, else its name does`() throws {
        let marked = try list(
            #"<domain name="long.a"/><domain name="x" link="long"/><domain name="short3.a"/><domain name="y"/>"#
        )
        #expect(marked.domains(for: .long).map(\.name) == ["x"])
        #expect(marked.domains(for: .short).map(\.name) == ["short3.a"])
    }

    @Test(arguments: [
        "<dns><retcode>-1</retcode><domainlist></domainlist></dns>",
        "<dns><retcode>0</retcode>", "<dns></retcode></dns>", "<dns", "<dns a>", "<dns a=b>", "<dns a='b>",
        "<!DOCTYPE dns [<!ENTITY a 'aaaa'>]><dns/>", "</dns>", "<!-- ", "<![CDATA[", "<>",
        String(repeating: "<a>", count: 17) + String(repeating: "</a>", count: 17),
        "<dns>" + String(repeating: " ", count: 64 << 10) + "</dns>",
    ])
    func `is refused if it can't be used`(xml: String) {
        #expect(throws: WireError.addressList) { try read(xml) }
    }

    @Test func `takes no more hosts and addresses than a client could try`() throws {
        let addresses = (0..<100).map { "<ip>10.0.0.\($0)</ip>" }.joined()
        let domains = (0..<100).map { "<domain name='d\($0)'>\($0 == 1 ? addresses : "")</domain>" }.joined()
        let list = try list(domains)
        #expect(list.domains.count == 64)
        #expect(list.domains[1].addresses.count == 64)
    }
}
