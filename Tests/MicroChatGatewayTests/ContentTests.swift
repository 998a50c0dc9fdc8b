import BotKit
import MicroChatWire
import Testing

@testable import MicroChatGateway

struct ContentTests {
    private func body(
        _ type: MessageType, _ text: String, source: String = "", from sender: String = "wxid_ann"
    ) -> Event.Body {
        var message = Microchat_ChatMessage()
        message.serverID = 9
        message.sender = Microchat_StringBox(sender)
        message.to = Microchat_StringBox("wxid_bot")
        message.type = type.rawValue
        message.content = Microchat_StringBox(text)
        message.messageSource = source
        return Event(message, own: "wxid_bot", now: Timestamp(seconds: 1)).body
    }

    private func content(_ type: MessageType, _ text: String) -> Content? {
        if case .message(let message) = body(type, text) { message.content } else { nil }
    }

    @Test(arguments: [
        WebLink(
            url: "https://a.example/?a=1&b=2", title: "A <b> & \"c\"", summary: "x]]>y\nz", thumbnail: ""),
        WebLink(url: "https://a.example", title: "", summary: "", thumbnail: "https://a.example/p.png"),
    ])
    func `a link that we send reads as itself`(_ link: WebLink) {
        #expect(content(.app, "<msg>" + link.appMessage + "</msg>") == .link(link))
    }

    @Test func `a link with its texts in CDATA is read`() {
        let text = """
            <msg><appmsg appid="" sdkver="0"><title><![CDATA[News & more]]></title><des/><type>5</type>\
            <url><![CDATA[https://a.example/?a=1&b=2]]></url></appmsg><fromusername>x</fromusername></msg>
            """
        #expect(
            content(.app, text) == .link(WebLink(url: "https://a.example/?a=1&b=2", title: "News & more")))
    }

    @Test func `a card that we send reads as itself`() {
        let card = PersonCard(person: "wxid_eve", name: "Eve \"the <1st>\"")
        #expect(content(.contactCard, card.xml) == .card(card))
    }

    @Test func `an emoticon is known by its name`() {
        let text = #"<msg><emoji fromusername="a" md5="00ff" len="12" type="1"></emoji></msg>"#
        #expect(content(.emoticon, text) == .emoji(Emoji(name: "00ff", size: 12)))
    }

    @Test(arguments: [
        (MessageType.app, "no XML"), (.app, "<msg><appmsg><type>2000</type></appmsg></msg>"),
        (.app, "<msg><appmsg>"), (.contactCard, "<msg/>"), (.emoticon, "<msg><emoji/></msg>"),
        (.app, String(repeating: "<a>", count: 100_000)), (.picture, "<msg/>"),
        (
            .app,
            "<!DOCTYPE m [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\"><!ENTITY c SYSTEM \"file:///etc/hostname\">]><msg>&c;</msg>"
        ),
    ])
    func `what has not the shape of its type is kept as it came`(_ type: MessageType, _ text: String) {
        #expect(content(type, text) == .unsupported(kind: "\(type.rawValue)", raw: text))
    }

    @Test func `a friend request is an event of the person who asks`() throws {
        var message = Microchat_ChatMessage()
        message.sender = Microchat_StringBox("fmessage")
        message.to = Microchat_StringBox("wxid_bot")
        message.type = MessageType.friendRequest.rawValue
        message.serverID = 5
        message.content = Microchat_StringBox(
            """
            <msg fromusername="wxid_eve" encryptusername="v1_abc@stranger" fromnickname="Eve &amp; co" \
            content="I'm a customer" scene="30" alias="eve" ticket="v2_xyz@stranger"/>
            """)
        let event = Event(message, own: "wxid_bot", now: Timestamp(seconds: 1))
        guard case .friendRequest(let request) = event.body else {
            Issue.record("not a friend request: \(event.body)")
            return
        }
        #expect(event.chat == "wxid_eve" && event.chatKind == .private)
        #expect(request.person == "wxid_eve" && request.name == "Eve & co")
        #expect(request.greeting == "I'm a customer" && request.source == "30")
        let token = try #require(FriendToken(request.token))
        #expect(token.user == "v1_abc@stranger" && token.ticket == "v2_xyz@stranger" && token.scene == 30)
    }

    @Test func `a recall names the message by the id it came under`() {
        let text = """
            <sysmsg type="revokemsg"><revokemsg><session>s</session><msgid>1</msgid><newmsgid>77</newmsgid>\
            <replacemsg><![CDATA["Ann" took a message back]]></replacemsg></revokemsg></sysmsg>
            """
        let recall = Recall(person: "wxid_ann", message: "77", notice: "\"Ann\" took a message back")
        #expect(body(.service, text) == .recall(recall))
    }

    @Test func `who is mentioned stands beside the message`() {
        let people: [PersonID] = ["wxid_bot", "wxid_bob"]
        let sent = body(.text, "@Bot hi", source: source(mentioning: people))
        #expect(
            sent
                == .message(Message(sender: "wxid_ann", content: .text("@Bot hi"), mentions: people)))
        let cdata = "<msgsource><atuserlist><![CDATA[wxid_bot,wxid_bob]]></atuserlist></msgsource>"
        #expect(body(.text, "@Bot hi", source: cdata) == sent)
    }
}
