import Foundation
import MicroChatWire
import Synchronization

/// The servers that have ordered to be spoken to inside TLS only: `known-servers.json`. Without it whoever is on the way
/// could undo an order by waiting for the next start.
///
/// A server is known by its login key, which it proves at every login, and not by an address.
final class KnownServers: Sendable {
    private struct Server: Codable {
        /// The SHA-256 of the login key's PEM.
        var loginKey: String
        var tlsPin: String
        var since: Date

        enum CodingKeys: String, CodingKey {
            case loginKey = "login_key"
            case tlsPin = "tls_pin"
            case since
        }
    }

    let path: String
    private let servers: Mutex<[Server]>

    /// - Throws: if the file cannot be read: to go on without it would be what somebody on the way wants.
    init(path: String) throws {
        self.path = path
        guard FileManager.default.fileExists(atPath: path) else {
            servers = Mutex([])
            return
        }
        do {
            let decoder = JSONDecoder()
            decoder.dateDecodingStrategy = .iso8601
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            let known = try decoder.decode([Server].self, from: data)
            for server in known where CertificatePin(hex: server.tlsPin) == nil {
                throw Failure("'\(server.tlsPin)' is not a pin of 64 hex digits")
            }
            servers = Mutex(known)
        } catch let failure as Failure {
            throw Failure("cannot use \(path): \(failure)")
        } catch {
            throw Failure("cannot read \(path): \(error.localizedDescription)")
        }
    }

    /// The certificate that a server has ordered to expect, if it has.
    func pin(of key: RSAPublicKey) -> CertificatePin? {
        guard let name = try? Self.name(of: key) else { return nil }
        return servers.withLock { servers in
            servers.first { $0.loginKey == name }.flatMap { CertificatePin(hex: $0.tlsPin) }
        }
    }

    /// A server has ordered to expect a certificate. On disk when this returns.
    func remember(_ pin: CertificatePin, of key: RSAPublicKey) throws {
        let name = try Self.name(of: key)
        try servers.withLock { servers in
            servers.removeAll { $0.loginKey == name }
            servers.append(Server(loginKey: name, tlsPin: pin.description, since: Date()))
            try PrivateFile.write(JSONLine.text(servers) + "\n", to: path)
        }
    }

    private static func name(of key: RSAPublicKey) throws -> String {
        try SHA256.digest(Array(key.pem().utf8)).map { String(format: "%02x", $0) }.joined()
    }
}
