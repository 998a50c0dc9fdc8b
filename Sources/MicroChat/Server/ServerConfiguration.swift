import Glibc
package import Logging
package import NIOCore
import NIOPosix

/// What a server is told before it starts.
package struct ServerConfiguration: Sendable {
    /// Where to listen; port 0 takes any free one.
    package struct Address: Hashable, Sendable, CustomStringConvertible {
        /// A name or an IP address.
        package var host: String
        /// A TCP port.
        package var port: Int

        /// An address.
        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        package var description: String { "\(host):\(port)" }
    }

    /// Where clients keep a connection open.
    package var longLink: Address
    /// Where clients make calls over HTTP.
    package var shortLink: Address
    /// Where the files are.
    package var folder: ServerFolder
    /// Where to log.
    package var logger: Logger
    /// More connections than this are turned away.
    package var maximumConnections = 50_000
    /// What a client may ask for before it has to wait.
    package var limits = AbuseLimits()
    /// How often to look for what other processes have changed.
    package var outsidePollInterval = Duration.milliseconds(250)
    /// How often to forget what is old.
    package var upkeepInterval = Duration.seconds(600)
    /// The threads that serve connections.
    package var eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    /// Seconds since 1970.
    package var now: @Sendable () -> Int64 = { Int64(time(nil)) }

    /// A clock for limits, which nobody sets.
    package var uptime: @Sendable () -> NIODeadline = { .now() }

    /// What is needed; the rest has sensible values.
    package init(
        longLink: Address = Address(host: "127.0.0.1", port: 8080),
        shortLink: Address = Address(host: "127.0.0.1", port: 8081), folder: ServerFolder,
        logger: Logger = Logger(label: "conure.server")
    ) {
        self.longLink = longLink
        self.shortLink = shortLink
        self.folder = folder
        self.logger = logger
    }
}
