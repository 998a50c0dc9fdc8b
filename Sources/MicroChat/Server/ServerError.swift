/// Why the server cannot serve.
package enum ServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A port is taken, or not ours to take.
    case cannotListen(host: String, port: Int, reason: String)
    /// A file or folder cannot be read or written.
    case file(path: String, reason: String)
    /// Others could read what clients say there.
    case cleartext(host: String)

    package var description: String {
        switch self {
        case .cannotListen(let host, let port, let reason): "cannot listen on \(host):\(port): \(reason)"
        case .file(let path, let reason): "cannot use \(path): \(reason)"
        case .cleartext(let host):
            """
            \(host) is more than this machine, and whoever is on the way could read along: use --tls on, or say \
            --allow-cleartext if that is meant
            """
        }
    }
}
