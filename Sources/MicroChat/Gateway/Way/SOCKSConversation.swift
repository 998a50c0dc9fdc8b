import BotKit
import NIOCore

/// What is said to a SOCKS 5 proxy, and what its answers mean (RFC 1928, RFC 1929). Owns no socket.
struct SOCKSConversation {
    enum Action: Equatable {
        case wait
        case send(ByteBuffer)
        /// The next byte is the server's.
        case established
    }

    private enum State {
        case greeted, authenticating, asked
    }

    private static let version: UInt8 = 5
    private static let noAuthentication: UInt8 = 0
    private static let userAndPassword: UInt8 = 2
    private static let noneAcceptable: UInt8 = 255

    private let endpoint: Endpoint
    private let credentials: Proxy.Credentials?
    private var state = State.greeted

    init(to endpoint: Endpoint, as credentials: Proxy.Credentials?) {
        self.endpoint = endpoint
        self.credentials = credentials
    }

    /// The first thing to say: which ways to show who asks are known here.
    var greeting: ByteBuffer {
        var methods = [Self.noAuthentication]
        if credentials != nil { methods.append(Self.userAndPassword) }
        return ByteBuffer(bytes: [Self.version, UInt8(methods.count)] + methods)
    }

    /// Takes what has come, as far as it makes up an answer.
    mutating func receive(_ buffer: inout ByteBuffer) throws(WayFailure) -> Action {
        switch state {
        case .greeted:
            guard let (version, method) = buffer.readMultipleIntegers(as: (UInt8, UInt8).self) else {
                return .wait
            }
            guard version == Self.version else { throw WayFailure("it speaks no SOCKS 5, as a proxy should") }
            switch (method, credentials) {
            case (Self.noAuthentication, _): return try ask()
            case (Self.userAndPassword, let credentials?):
                state = .authenticating
                return .send(try Self.login(credentials))
            case (Self.noneAcceptable, nil): throw WayFailure("the proxy wants a user and a password")
            case (Self.noneAcceptable, _): throw WayFailure("the proxy takes no user and password")
            default: throw WayFailure("the proxy wants what was not offered")
            }
        case .authenticating:
            guard let (_, status) = buffer.readMultipleIntegers(as: (UInt8, UInt8).self) else { return .wait }
            guard status == 0 else { throw WayFailure("the proxy refused the user and the password") }
            return try ask()
        case .asked:
            return try readReply(&buffer) ? .established : .wait
        }
    }

    private mutating func ask() throws(WayFailure) -> Action {
        guard let port = UInt16(exactly: endpoint.port) else { throw WayFailure("there is no such port") }
        state = .asked
        var request = ByteBuffer(bytes: [Self.version, 1, 0])
        if let address = endpoint.addressBytes {
            request.writeBytes([address.count == 4 ? 1 : 4] + address)
        } else {
            request.writeBytes([3])
            try Self.write(endpoint.host, "name of the server", to: &request)
        }
        request.writeInteger(port)
        return .send(request)
    }

    private static func login(_ credentials: Proxy.Credentials) throws(WayFailure) -> ByteBuffer {
        var request = ByteBuffer(bytes: [1])
        try write(credentials.user, "proxy's user", to: &request)
        try write(credentials.password, "proxy's password", to: &request)
        return request
    }

    private static func write(
        _ text: String, _ what: String, to buffer: inout ByteBuffer
    ) throws(WayFailure) {
        guard let length = UInt8(exactly: text.utf8.count) else {
            throw WayFailure("the \(what) is longer than SOCKS allows")
        }
        buffer.writeInteger(length)
        buffer.writeString(text)
    }

    /// - Returns: whether all of it is there.
    private func readReply(_ buffer: inout ByteBuffer) throws(WayFailure) -> Bool {
        var reply = buffer
        guard let (version, code, _, kind) = reply.readMultipleIntegers(as: (UInt8, UInt8, UInt8, UInt8).self)
        else { return false }
        guard version == Self.version else { throw WayFailure("the proxy's answer makes no sense") }
        guard code == 0 else { throw WayFailure(Self.words(for: code)) }
        let length: Int
        switch kind {
        case 1: length = 4
        case 4: length = 16
        case 3:
            guard let count: UInt8 = reply.readInteger() else { return false }
            length = Int(count)
        default: throw WayFailure("the proxy's answer makes no sense")
        }
        // The address that the proxy uses, and its port, are of no interest.
        guard reply.readSlice(length: length + 2) != nil else { return false }
        buffer = reply
        return true
    }

    private static func words(for code: UInt8) -> String {
        switch code {
        case 2: "the proxy does not allow this connection"
        case 3: "the proxy cannot reach that network"
        case 4: "the proxy cannot reach the server"
        case 5: "the server refused the proxy's connection"
        case 6: "the proxy gave up on the way"
        case 7: "the proxy does not connect for others"
        case 8: "the proxy does not know this kind of address"
        default: "the proxy failed with code \(code)"
        }
    }
}
