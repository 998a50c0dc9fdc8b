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

        /// As in a URL: `host:port`, IPv6 in brackets.
        package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

        /// Whether only this machine can reach it.
        var isLoopback: Bool {
            if host == "localhost" || host == "::1" { return true }
            let parts = host.split(separator: ".", omittingEmptySubsequences: false)
            return parts.count == 4 && parts.first == "127" && parts.allSatisfy { UInt8($0) != nil }
        }
    }

    /// Where clients keep a connection open.
    package var longLink: Address
    /// Where clients make calls over HTTP.
    package var shortLink: Address
    /// Where clients also ask for addresses; nil if only the short link answers that.
    package var nameService: Address?
    /// What the links are called in address lists.
    package var names = HostNames()
    /// Where logins are sent instead; nil to serve them.
    package var redirect: Redirect?
    /// Where the files are.
    package var folder: ServerFolder
    /// Whether links may, should or must be inside TLS.
    package var tls = TLSSettings()
    /// Where to log.
    package var logger: Logger
    /// More connections than this are turned away.
    package var maximumConnections = 50_000
    /// What a client may ask for before it has to wait.
    package var limits = AbuseLimits()
    /// How many bytes of pictures, voice, video and files an account may have on the server.
    package var mediaQuota: Int64 = 2 << 30
    /// How often to look for what other processes have changed.
    package var outsidePollInterval = Duration.milliseconds(250)
    /// How often to forget what is old.
    package var upkeepInterval = Duration.seconds(600)
    /// The threads that serve connections.
    package var eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    /// What the addresses of pictures begin with: the short link as clients reach it. Nil for where it listens.
    package var pictureBase: String?
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
