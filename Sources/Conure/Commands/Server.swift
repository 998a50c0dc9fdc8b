import ArgumentParser
import Foundation
import Logging
import MicroChatServer

/// The embedded server alone.
struct Server: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start the embedded server alone.",
        discussion: "People are managed with `conure user`, also while it runs.")

    @OptionGroup var data: DataOption
    @OptionGroup var listen: ListenOptions
    @OptionGroup var redirect: RedirectOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        let folder = data.folder
        let lock = try FolderLock(folder)
        let logger = log.logger()
        var configuration = ServerConfiguration(listen, folder: folder.server, logger: logger)
        configuration.redirect = redirect.redirect
        let server = try await MicroChatServer.bind(configuration)
        var program = Program(folder: folder, logger: logger)
        program.add(server)
        print("Conure \(Conure.version): server, data in \(folder.path)")
        print("  long link   \(server.longLink)\n  short link  \(server.shortLink)")
        print("  addresses   \(server.nameServiceURL)")
        if let pin = server.certificatePin { print("  tls         pin:\(pin)") }
        flushOutput()
        try await program.run(as: LiveEndpoints(Endpoints(server, rules: nil, folder), in: folder))
        _ = consume lock
    }
}

extension ServerConfiguration {
    init(_ listen: ListenOptions, folder: ServerFolder, logger: Logger) {
        self.init(
            longLink: Address(host: listen.host, port: listen.longLinkPort),
            shortLink: Address(host: listen.host, port: listen.shortLinkPort), folder: folder, logger: logger)
        nameService = listen.nameServicePort.map { Address(host: listen.host, port: $0) }
        tls = listen.tls.settings
    }
}
