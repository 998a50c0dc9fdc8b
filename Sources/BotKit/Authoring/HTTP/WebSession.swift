import Foundation
// The toolchain's own client: async-http-client would put NIO and its TLS under everything that imports BotKit, and add
// 80 MB and some seconds of linking to every bot.
import FoundationNetworking
import Synchronization

extension HTTP {
    /// Calls over the network: what a bot has when it runs.
    public static let network: HTTP = {
        let session = WebSession()
        return HTTP { try await session.answer(to: $0) }
    }()
}

/// Foundation's HTTP client, with a limit to the time and to the length of an answer.
private final class WebSession: NSObject, URLSessionDataDelegate {
    private struct Call {
        let limit: Int
        var answer = HTTP.Answer(status: 0)
        var isTooLong = false
        /// Who waits for the end; nil until they do.
        var waiting: Waiting?
        /// What came of it, if that was before anybody waited: a call can be given up as early as that.
        var result: Result<HTTP.Answer, any Error>?
    }

    private typealias Waiting = CheckedContinuation<HTTP.Answer, any Error>

    private let calls = Mutex<[Int: Call]>([:])

    /// Made at the first call: most bots never make one.
    private let session = Mutex<URLSession?>(nil)

    func answer(to request: HTTP.Request) async throws -> HTTP.Answer {
        guard let url = URL(string: request.address), let host = url.host,
            ["http", "https"].contains(url.scheme?.lowercased())
        else { throw Failure("'\(request.address.prefix(100))' is no address with http: or https:") }
        var call = URLRequest(url: url)
        call.httpMethod = request.method
        for (name, value) in request.headers { call.setValue(value, forHTTPHeaderField: name) }
        if !request.body.isEmpty { call.httpBody = Data(request.body) }
        do {
            return try await inTime(request.timeout) { [call] in
                try await self.answer(to: call, limit: request.longestAnswer)
            }
        } catch is TimeOut {
            throw Failure("\(host) did not answer within \(request.timeout)", retry: true)
        } catch let error as URLError {
            try Task.checkCancellation()
            throw Failure("\(host) cannot be reached: \(error.localizedDescription)", retry: true)
        }
    }

    private struct TimeOut: Error {}

    private func inTime(
        _ length: Duration, _ body: @escaping @Sendable () async throws -> HTTP.Answer
    ) async throws -> HTTP.Answer {
        try await withThrowingTaskGroup(of: HTTP.Answer.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: length)
                throw TimeOut()
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw CancellationError() }
            return answer
        }
    }

    private func answer(to request: URLRequest, limit: Int) async throws -> HTTP.Answer {
        let task = open().dataTask(with: request)
        let id = task.taskIdentifier
        calls.withLock { $0[id] = Call(limit: limit) }
        return try await withTaskCancellationHandler {
            task.resume()
            return try await withCheckedThrowingContinuation { waiting in
                let result = calls.withLock { calls in
                    if calls[id]?.result != nil { return calls.removeValue(forKey: id)?.result }
                    calls[id]?.waiting = waiting
                    return nil
                }
                if let result { waiting.resume(with: result) }
            }
        } onCancel: {
            task.cancel()
        }
    }

    private func open() -> URLSession {
        session.withLock { session in
            if let session { return session }
            let configuration = URLSessionConfiguration.ephemeral
            configuration.httpShouldSetCookies = false
            configuration.urlCache = nil
            configuration.httpMaximumConnectionsPerHost = 32
            let made = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
            session = made
            return made
        }
    }

    // MARK: What the session tells

    func urlSession(_: URLSession, dataTask task: URLSessionDataTask, didReceive data: Data) {
        let isTooLong = calls.withLock { calls in
            guard let call = calls[task.taskIdentifier] else { return false }
            if call.answer.body.count + data.count > call.limit {
                calls[task.taskIdentifier]?.isTooLong = true
                return true
            }
            calls[task.taskIdentifier]?.answer.body += data
            return false
        }
        if isTooLong { task.cancel() }
    }

    func urlSession(_: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let id = task.taskIdentifier
        let (waiting, result) = calls.withLock { calls in
            guard let call = calls[id] else {
                return (nil, nil) as (Waiting?, Result<HTTP.Answer, any Error>?)
            }
            let result = Self.result(of: call, task.response, error)
            if call.waiting == nil { calls[id]?.result = result } else { calls[id] = nil }
            return (call.waiting, result)
        }
        if let waiting, let result { waiting.resume(with: result) }
    }

    private static func result(
        of call: Call, _ response: URLResponse?, _ error: (any Error)?
    ) -> Result<HTTP.Answer, any Error> {
        if call.isTooLong { return .failure(Failure("the answer has more than \(call.limit) bytes")) }
        if let error { return .failure(error) }
        guard let response = response as? HTTPURLResponse else {
            return .failure(Failure("there was no answer", retry: true))
        }
        var answer = call.answer
        answer.status = response.statusCode
        for (name, value) in response.allHeaderFields { answer.headers["\(name)".lowercased()] = "\(value)" }
        return .success(answer)
    }
}
