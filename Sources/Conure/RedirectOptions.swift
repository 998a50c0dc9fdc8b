import ArgumentParser
import BotKit
import MicroChatServer

/// Whether the embedded server sends logins to another one.
struct RedirectOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Send every login to another server.",
            discussion:
                "The addresses of its long and its short link, such as 127.0.0.1:8090,127.0.0.1:8091.",
            valueName: "long,short"),
        transform: { text in
            let addresses = try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
                guard let address = HostAddress(String(part)), address.isIPAddress, let port = address.port
                else { throw ValidationError("'\(part)' is not an IP address with a port") }
                return ServerConfiguration.Address(host: address.host, port: port)
            }
            guard addresses.count == 2 else {
                throw ValidationError("expected two addresses, the long link's and the short link's")
            }
            return Redirect(longLinks: [addresses[0]], shortLinks: [addresses[1]])
        })
    var redirectTo: Redirect?

    @Flag(help: "Log in all the same: the other server is for the next time.")
    var redirectNextTime = false

    func validate() throws {
        if redirectNextTime, redirectTo == nil {
            throw ValidationError("--redirect-next-time needs --redirect-to")
        }
    }

    var redirect: Redirect? {
        var redirect = redirectTo
        if redirectNextTime { redirect?.refusesLogins = false }
        return redirect
    }
}
