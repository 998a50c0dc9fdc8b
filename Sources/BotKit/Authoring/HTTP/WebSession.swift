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
        let done: CheckedContinuation<HTTP.Answer, any Error>
        let limit: Int
        var answer = HTTP.Answer(status: 0)
        var isTooLong = false
    }

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
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { done in
                calls.withLock { $0[task.taskIdentifier] = Call(done: done, limit: limit) }
                task.resume()
                // The handler below ran too early if the task was cancelled before this.
                if Task.isCancelled { task.cancel() }
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
        guard var call = calls.withLock({ $0.removeValue(forKey: task.taskIdentifier) }) else { return }
        if call.isTooLong {
            call.done.resume(throwing: Failure("the answer has more than \(call.limit) bytes"))
        } else if let error {
            call.done.resume(throwing: error)
        } else if let response = task.response as? HTTPURLResponse {
            call.answer.status = response.statusCode
            for (name, value) in response.allHeaderFields {
                call.answer.headers["\(name)".lowercased()] = "\(value)"
            }
            call.done.resume(returning: call.answer)
        } else {
            call.done.resume(throwing: Failure("there was no answer", retry: true))
        }
    }
}
