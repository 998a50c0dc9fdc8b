import Foundation
import MicroChatWire
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `The Wireshark dissector` {
    /// Says hello to a bot and hears its answer, on both links, while everything is captured.
    private func withConversation(
        _ body: (_ conversation: Conversation, _ session: Session) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            try folder.write(echoRules, to: folder / "rules.yaml")
            try await withConure(["up", "--long-link-port", "0", "--short-link-port", "0"], in: folder) {
                up in
                let data = folder / ".conure"
                try await up.ready(in: data)
                let endpoints = try #require(Endpoints(in: data))
                let longPort = try #require(endpoints.longLink?.split(separator: ":").last)
                let shortPort = try #require(endpoints.shortLink?.split(separator: ":").last)
                let people = try await folder.conure("user", "list", "--json").decoded(as: PersonLine.self)
                let bot = try #require(people.first { $0.name == "bot" })
                let password = try String(contentsOfFile: data + "/passwords/me", encoding: .utf8)
                    .trimmingCharacters(in: .newlines)

                let capture = try await NetworkCapture.begin(
                    in: folder, filter: "tcp port \(longPort) or tcp port \(shortPort)")
                let last = UInt32.random(in: 1_000_000...0x7FFF_FFFF)
                var session: Session?
                do {
                    try await WireClient.run(as: "me", password: password, at: endpoints) { client in
                        try await client.send("hello", to: bot.wxid)
                        let key = try await client.hear("re: hello")
                        try await client.syncOnce(from: key)
                        try await client.beat(last)
                        session = client.session
                        try await capture.end(
                            after: [0x3B, 0x9A, 0xCA, 0x06] + withUnsafeBytes(of: last.bigEndian, Array.init)
                        ) { try await client.beat(last) }
                    }
                } catch {
                    await capture.destroy()
                    throw error
                }
                try await body(
                    Conversation(
                        folder: folder, capture: capture.path, longPort: String(longPort), last: last),
                    try #require(session))
            }
        }
    }

    /// A capture, and questions to ask of it.
    private struct Conversation {
        let folder: TestFolder
        let capture: String
        let longPort: String
        /// The sequence number of its last heartbeat.
        let last: UInt32

        /// Values of fields, a list for each packet that passes the filter; a field may occur more than once.
        func fields(_ names: [String], where filter: String, keys: String = "") async throws -> [[[String]]] {
            let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("../../tools/wireshark/microchat.lua").standardizedFileURL.path
            let arguments =
                [
                    "MICROCHAT_KEYS=" + keys, NetworkCapture.tshark, "-r", capture, "-X",
                    "lua_script:" + script,
                ]
                + ["-Y", filter, "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=|"]
                + names.flatMap { ["-e", $0] }
            let tshark = try ConureProcess(arguments, in: folder, tool: "/usr/bin/env")
            let ending = try await tshark.ending(within: .seconds(60))
            try #require(ending.code == 0, "\(ending.errors)")
            try #require(!ending.errors.contains("Lua"), "\(ending.errors)")
            return ending.output.split(separator: "\n").map { line in
                line.split(separator: "\t", omittingEmptySubsequences: false).map { values in
                    values.split(separator: "|").map(String.init)
                }
            }
        }

        /// What TCP carried on the client's long link in one direction, as hex digits.
        func payload(_ direction: String) async throws -> String {
            let filter = "microchat.cmd == 6 && microchat.seq == \(last)"
            let stream = try #require(try await fields(["tcp.stream"], where: filter).first?.first?.first)
            let pieces = try await fields(
                ["tcp.payload"],
                where: "tcp.stream == \(stream) && tcp.len > 0 && \(direction) == \(longPort)")
            return pieces.flatMap(\.self).flatMap(\.self).joined(separator: "\n")
        }
    }

    private func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }

    @Test func `shows frames, packets and, with keys, what was said`() async throws {
        try await withConversation { conversation, session in
            let cookie = hex(session.cookie.bytes)
            let key = hex(session.key.bytes)
            let keys = conversation.folder / "keys"
            try conversation.folder.write("# cookie and key\n\(cookie) \(key)\n", to: keys)

            let faults = try await conversation.fields(
                ["frame.number"], where: "microchat.malformed || microchat.closed || _ws.lua.error",
                keys: keys)
            #expect(faults.isEmpty)

            let names = try await conversation.fields(
                ["microchat.name", "microchat.seq"], where: "microchat.cmd", keys: keys)
            let seen = Set(names.compactMap(\.first).flatMap(\.self))
            #expect(
                seen.isSuperset(of: [
                    "heartbeat", "manualauth", "push notice", "newsendmsg", "newsync", "report",
                ]))

            // A login frame that came in two pieces, and whose header nobody needs a key for.
            let login = try await conversation.fields(
                ["microchat.login.sealed_length", "microchat.packet.uin", "microchat.packet.header_length"],
                where: "microchat.cmd == 253 && microchat.login.sealed_length")
            #expect(!login.isEmpty && login.allSatisfy { $0[0] == ["256"] && $0[1] == ["0"] })

            let closed = try await conversation.fields(
                ["microchat.packet.cookie", "microchat.packet.uin", "microchat.outgoing.content"],
                where: "microchat.cmd == 237")
            #expect(closed.count == 1)
            #expect(closed.first?[0] == [cookie])
            #expect(closed.first?[1] == ["\(session.uin)"])
            #expect(closed.first?.last?.isEmpty != false)

            let said = try await conversation.fields(
                ["microchat.outgoing.content"], where: "microchat.cmd == 237", keys: keys)
            #expect(said == [[["hello"]]])
            let heard = try await conversation.fields(
                ["microchat.chat_message.content"], where: "microchat.cmd == 1000000121", keys: keys)
            #expect(heard.flatMap(\.self).flatMap(\.self).contains("re: hello"))

            // The short link.
            let request = try await conversation.fields(
                ["microchat.packet.call", "microchat.sync_request.selector"],
                where: "http.request.uri contains \"newsync\" && microchat.packet.cookie == \(cookie)",
                keys: keys)
            #expect(request == [[["newsync"], ["7"]]])
            let answer = try await conversation.fields(
                ["microchat.packet.status", "microchat.sync_response.code"],
                where: "http.response.code == 200 && microchat.packet.cookie == \(cookie)", keys: keys)
            #expect(answer == [[["0"], ["0"]]])

            try await decode(conversation, key: key)
        }
    }

    /// `conure wire decode` sees the same in the same bytes.
    private func decode(_ conversation: Conversation, key: String) async throws {
        let said = try await conversation.folder.conure(
            "wire", "decode", "--key", key, input: conversation.payload("tcp.dstport"))
        #expect(said.code == 0 && said.errors.isEmpty)
        let requests = try said.decoded(as: `The command wire decode`.Line.self)
        #expect(requests.map(\.name).prefix(3) == ["heartbeat", "manualauth", "newsendmsg"])
        #expect(requests[2].packet?.message?.messages?.first?.content == "hello")
        #expect(requests.last?.sequence == conversation.last)

        let heard = try await conversation.folder.conure(
            "wire", "decode", "--key", key, input: conversation.payload("tcp.srcport"))
        #expect(heard.code == 0)
        let answers = try heard.decoded(as: `The command wire decode`.Line.self)
        let texts = answers.compactMap(\.packet?.message?.items).flatMap(\.items).map(
            \.payload.content?.value)
        #expect(texts.contains("re: hello"))
        #expect(!said.output.contains(key) && !heard.output.contains(key))
    }
}
