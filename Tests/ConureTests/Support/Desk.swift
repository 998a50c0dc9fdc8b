import Foundation

/// Somebody else's system, which the bot calls: a process that writes down every call, and fails some of them.
struct Desk {
    /// A call, as it came.
    struct Call: Decodable, Hashable {
        var key: String
        var body: String
    }

    let port: Int
    private let process: ConureProcess
    private let record: String

    /// Calls in order, repetitions included.
    var calls: [Call] {
        get throws {
            try String(contentsOfFile: record, encoding: .utf8).split(separator: "\n").map {
                try JSONDecoder().decode(Call.self, from: Data($0.utf8))
            }
        }
    }

    /// It answers each call with what it was told, but says 503 to every third call and nothing to every fifth, after it
    /// has taken it.
    private static let script = """
        import http.server, json, sys
        count = 0
        class Desk(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                global count
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                with open(sys.argv[2], "a") as record:
                    record.write(json.dumps({"key": self.headers["idempotency-key"], "body": body}) + "\\n")
                count += 1
                if count % 5 == 0: return self.connection.close()
                answer = body.encode()
                self.send_response(503 if count % 3 == 0 else 200)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
            def log_message(self, *_): pass
        http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Desk).serve_forever()
        """

    init(in folder: TestFolder) throws {
        port = try freePort()
        record = folder / "desk-calls"
        try folder.write(Self.script, to: folder / "desk.py")
        try folder.write("", to: record)
        process = try ConureProcess(
            [folder / "desk.py", "\(port)", record], in: folder, tool: "/usr/bin/python3")
    }

    func destroy() async { await process.destroy() }
}
