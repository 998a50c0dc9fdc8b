package import Logging

/// What a handler can reach besides what it is told: a process has other ones than a test.
package struct HandlerTools: Sendable {
    package var http: HTTP
    package var logger: Logger
    package var environment: [String: String]

    package init(http: HTTP, logger: Logger, environment: [String: String]) {
        self.http = http
        self.logger = logger
        self.environment = environment
    }
}
