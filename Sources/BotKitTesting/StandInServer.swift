public import BotKit
import Foundation
import Glibc

/// Runs a test with an HTTP server on this machine, for bots that call one really.
///
/// ```swift
/// try await withServer({ request in HTTP.Answer(json: ["state": "here"]) }) { address in
///     let chat = try TestChat(OrderStatus.self, environment: ["ORDERS_URL": address], http: .network)
///     …
/// }
/// ```
///
/// - Parameters:
///   - answer: what the server says to a call. The names of headers are in lower case; what it throws becomes status 500.
///   - test: what is done meanwhile; it gets the server's address, such as `http://127.0.0.1:40123`.
/// - Throws: what `test` throws, or `Failure` if no server can be started.
public func withServer<Result: Sendable>(
    _ answer: @escaping @Sendable (HTTP.Request) async throws -> HTTP.Answer,
    _ test: (String) async throws -> Result
) async throws -> Result {
    let server = try StandInServer()
    return try await withThrowingTaskGroup(of: Void.self) { group in
        let (calls, end) = server.calls()
        group.addTask {
            await withDiscardingTaskGroup { group in
                for await call in calls {
                    group.addTask {
                        call.finish(with: (try? await answer(call.request)) ?? HTTP.Answer(status: 500))
                    }
                }
                group.cancelAll()
            }
        }
        defer {
            server.close()
            end()
        }
        return try await test(server.address)
    }
}

/// Takes connections, each for one call.
private struct StandInServer: Sendable {
    private let socket: Int32
    let address: String

    init() throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = socket
        let isListening = unsafe withUnsafeMutablePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(socket, pointer, length) == 0 && listen(socket, 64) == 0
                    && getsockname(socket, pointer, &length) == 0
            }
        }
        guard socket >= 0, isListening else {
            if socket >= 0 { Glibc.close(socket) }
            throw Failure("no server can be started: error \(errno)")
        }
        address = "http://127.0.0.1:\(UInt16(bigEndian: name.sin_port))"
    }

    /// Wakes the thread that takes connections; it closes the socket.
    func close() { shutdown(socket, Int32(SHUT_RDWR)) }

    /// The calls as they come, and what ends them. Threads of their own read them.
    func calls() -> (AsyncStream<StandInCall>, end: @Sendable () -> Void) {
        let (stream, continuation) = AsyncStream<StandInCall>.makeStream()
        Thread { [self] in
            while true {
                let connection = accept(socket, nil, nil)
                if connection < 0 { break }
                Thread {
                    if let call = StandInCall(readingFrom: connection) {
                        continuation.yield(call)
                    } else {
                        Glibc.close(connection)
                    }
                }.start()
            }
            Glibc.close(socket)
        }.start()
        return (stream, { continuation.finish() })
    }
}
