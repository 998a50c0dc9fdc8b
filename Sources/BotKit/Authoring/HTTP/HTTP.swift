import Foundation

/// Calls of HTTP servers. Each has a time-out and a limit to what it reads, so that no server can hold a handler up or
/// fill its memory.
///
/// A bot may call others only if the rules file says `permissions: [network]` for it.
///
/// ```swift
/// let answer = try await context.http.get("https://shop.example.com/orders/\(number)").checked()
/// let order = try answer.json(as: Order.self)
/// ```
public struct HTTP: Sendable {
    private let perform: @Sendable (Request) async throws -> Answer

    /// Calls that `perform` answers in place of the network, for tests.
    public init(_ perform: @escaping @Sendable (Request) async throws -> Answer) { self.perform = perform }

    /// Makes a call.
    ///
    /// - Returns: whatever the server answers; that it is an error page is not an error here.
    /// - Throws: `Failure`, worth another attempt, if there is no answer in time.
    public func send(_ request: Request) async throws -> Answer { try await perform(request) }

    /// Gets what is at an address.
    ///
    /// - Throws: `Failure`, worth another attempt, if there is no answer in time.
    public func get(
        _ address: String, headers: [String: String] = [:], timeout: Duration = .seconds(5)
    ) async throws -> Answer {
        try await send(Request("GET", address, headers: headers, timeout: timeout))
    }

    /// Posts something as JSON.
    ///
    /// - Throws: `Failure`, worth another attempt, if there is no answer in time; what its `encode(to:)` throws.
    public func post(
        _ address: String, json: some Encodable, headers: [String: String] = [:],
        timeout: Duration = .seconds(5)
    ) async throws -> Answer {
        var request = Request("POST", address, headers: headers, timeout: timeout)
        request.headers["content-type"] = request.headers["content-type"] ?? "application/json"
        request.body = Array(try JSONEncoder().encode(json))
        return try await send(request)
    }
}

extension HTTP {
    /// A call of a server.
    public struct Request: Hashable, Sendable {
        /// `GET`, `POST` …
        public var method: String
        /// An address with `http:` or `https:`.
        public var address: String
        /// What is said besides; names in lower case.
        public var headers: [String: String]
        /// What is sent; empty for nothing.
        public var body: [UInt8]
        /// How long an answer is waited for, all of it.
        public var timeout: Duration
        /// How many bytes of an answer's body are taken; a longer one is an error.
        public var longestAnswer: Int

        /// A call of a server.
        public init(
            _ method: String, _ address: String, headers: [String: String] = [:], body: [UInt8] = [],
            timeout: Duration = .seconds(5), longestAnswer: Int = 1 << 20
        ) {
            self.method = method
            self.address = address
            self.headers = Dictionary(
                headers.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { $1 })
            self.body = body
            self.timeout = timeout
            self.longestAnswer = longestAnswer
        }
    }

    /// What a server says.
    public struct Answer: Hashable, Sendable {
        /// 200 for all is well.
        public var status: Int
        /// What is said besides, names in lower case.
        public var headers: [String: String]
        /// What is said.
        public var body: [UInt8]

        /// An answer, for tests.
        public init(status: Int = 200, headers: [String: String] = [:], body: [UInt8] = []) {
            self.status = status
            self.headers = headers
            self.body = body
        }

        /// An answer in JSON, for tests.
        public init(status: Int = 200, json: Value) {
            self.init(
                status: status, headers: ["content-type": "application/json"], body: Array(json.json.utf8))
        }

        /// Whether the status is one of success.
        public var isSuccess: Bool { (200..<300).contains(status) }

        /// What is said, as text.
        public var text: String { String(decoding: body, as: UTF8.self) }

        /// What is said, as a value.
        ///
        /// - Throws: `Failure` if it is no JSON.
        public func json() throws -> Value {
            guard let value = Value(json: text) else { throw Failure("the answer is no JSON") }
            return value
        }

        /// What is said, as something of another type.
        ///
        /// - Throws: `Failure` if it is no JSON of that shape.
        public func json<Result: Decodable>(as type: Result.Type) throws -> Result {
            do {
                return try JSONDecoder().decode(type, from: Data(body))
            } catch {
                throw Failure("the answer is no \(type) in JSON")
            }
        }

        /// The answer, if it is one of success.
        ///
        /// - Throws: `Failure`, worth another attempt if the server is at fault or too busy.
        public func checked() throws -> Answer {
            if isSuccess { return self }
            throw Failure("the server answered with \(status)", retry: status >= 500 || status == 429)
        }
    }
}
