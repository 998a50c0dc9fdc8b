import BotKit
import Logging
import MicroChatWire
import NIOHTTP1
import Testing

@testable import MicroChatGateway

@Suite(.timeLimit(.minutes(5)))
struct `Pictures of people` {
    private static let digest = String(repeating: "0f", count: 32)

    @Test(
        arguments: [
            ("http://127.0.0.1:8081/mmhead/\(digest)/0", "127.0.0.1:8081", digest),
            ("HTTP://pics.example.com/mmhead/\(digest)/132?x=1", "pics.example.com:80", digest),
            ("http://pics.example.com/a/b.jpg", "pics.example.com:80", nil),
            ("http://pics.example.com/mmhead/ver_1/abc/0", "pics.example.com:80", nil),
        ] as [(String, String, String?)])
    func `have addresses`(text: String, endpoint: String, digest: String?) throws {
        let address = try #require(PictureAddress(text))
        #expect("\(address.place.endpoint)" == endpoint && address.digest == digest)
    }

    @Test(arguments: [
        "", "https://pics.example.com/a.jpg", "file:///etc/passwd", "pics.example.com/a.jpg",
        "http:///a.jpg", "http://pics.example.com/a\r\nX: y", "http://a b/c",
        "http://pics.example.com/" + String(repeating: "x", count: 1024),
    ])
    func `are not fetched from anywhere else`(text: String) {
        #expect(PictureAddress(text) == nil)
    }

    @Test func `are refused if the server has none, or too much of it`() async throws {
        for (status, body) in [
            (HTTPResponseStatus.notFound, ""), (.movedPermanently, "elsewhere"),
            (.ok, String(repeating: "x", count: Picture.maximumBytes + 1)),
        ] {
            let server = try await SimpleHTTPServer(status: status, body: body)
            defer { server.close() }
            let error = await #expect(throws: HTTPConversation.Failure.self) {
                try await client().get(HTTPAddress(endpoint: server.endpoint, path: "/a"))
            }
            #expect(error?.isFinal == true)
        }
        let server = try await SimpleHTTPServer(body: "garbage")
        defer { server.close() }
        let bytes = try await client().get(HTTPAddress(endpoint: server.endpoint, path: "/a"))
        #expect(bytes == Array("garbage".utf8) && Picture(bytes) == nil)
    }

    private func client() throws -> PictureClient {
        PictureClient(
            connector: Connector(timing: Timing()),
            shortLinks: AddressBook(
                ServerAddresses(), sources: AddressBook.Sources(addresses: { _ in [] }), memory: NoMemory(),
                clock: SystemClock(), logger: Logger(label: "test")), timing: Timing())
    }
}
