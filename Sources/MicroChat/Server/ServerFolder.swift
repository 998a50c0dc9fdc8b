package import DurableSQLite
import Glibc

/// Where the server keeps its files.
package struct ServerFolder: Hashable, Sendable {
    /// The folder; made when it is first needed.
    package let path: String

    /// The server's folder inside the data folder of the program.
    package init(inside data: String) { path = data + "/server" }

    /// Accounts and messages.
    package var database: String { path + "/server.sqlite" }
    /// Pictures, voice, video and files.
    var media: String { path + "/media" }
    /// The key that logins are encrypted for; only its owner can read it.
    package var loginKey: String { path + "/login-key.pem" }
    /// The half that clients are given.
    package var loginPublicKey: String { path + "/login-key.pub.pem" }

    /// The certificate that the server made for itself, and its private key, which only its owner can read.
    package var certificate: String { path + "/tls-certificate.pem" }
    package var certificateKey: String { path + "/tls-key.pem" }

    /// Opens the database. Several processes may have it open.
    package func openDatabase() throws -> DurableDatabase {
        try create()
        return try DurableDatabase(path: database, migrations: Schema.migrations)
    }

    func create() throws {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            prefix += part
            if mkdir(prefix, 0o700) != 0, errno != EEXIST {
                throw ServerError.file(path: prefix, reason: String(cString: strerror(errno)))
            }
            prefix += "/"
        }
    }
}
