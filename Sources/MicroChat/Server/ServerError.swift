/// Why the server cannot serve.
package enum ServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A port is taken, or not ours to take.
    case cannotListen(host: String, port: Int, reason: String)
    /// A file or folder cannot be read or written.
    case file(path: String, reason: String)

    package var description: String {
        switch self {
        case .cannotListen(let host, let port, let reason): "cannot listen on \(host):\(port): \(reason)"
        case .file(let path, let reason): "cannot use \(path): \(reason)"
        }
    }
}
