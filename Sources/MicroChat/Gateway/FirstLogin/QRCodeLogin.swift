package import BotKit
import Foundation
package import MicroChatWire

/// A login without a password: the server draws a QR code, somebody confirms it, and the server gives a token that works
/// once in place of the password (MicroChat wire protocol, section 14.10).
package struct QRCodeLogin: Sendable {
    private let calls: KeyedCalls

    /// A login for a device like the account's. The account's user and password play no part.
    package init(at desk: AccountDesk) { calls = desk.calls }

    /// A code that waits to be confirmed.
    package struct Code: Sendable {
        /// A PNG or JPEG.
        package let picture: [UInt8]
        /// Names the login to whoever confirms it.
        package let uuid: String
        /// How long it can be confirmed.
        package let life: Duration
        /// How long to wait between two looks.
        package let interval: Duration
        fileprivate let key: SymmetricKey
    }

    /// What has become of a code.
    package enum State: Hashable, Sendable {
        /// Nobody has looked at it.
        case waiting
        /// Somebody has scanned it and is asked whether to go on.
        case scanned(by: String)
        /// Log in with these.
        case confirmed(user: String, token: PasswordDigest)
        /// Refused, or too late.
        case over
    }

    /// Asks for a code.
    package func start() async throws(GatewayError) -> Code {
        let response = try await calls.make(
            .getLoginQRCode, Microchat_QrLoginStartRequest.self,
            answer: Microchat_QrLoginStartResponse.self
        ) { request, identity in
            request.identity = identity
            request.op = 0
        }
        guard let key = try? SymmetricKey(bytes: response.notifyKey.bytes), !response.uuid.isEmpty else {
            throw .refused(reason: "the server sent a QR code without a key")
        }
        return Code(
            picture: response.picture.bytes, uuid: response.uuid,
            life: .seconds(response.expiresIn == 0 ? 300 : Int(response.expiresIn)),
            interval: .seconds(min(max(Int(response.checkInterval), 1), 30)), key: key)
    }

    /// Looks at a code.
    package func state(of code: Code) async throws(GatewayError) -> State {
        let response = try await calls.make(
            .checkLoginQRCode, Microchat_QrLoginPollRequest.self, answer: Microchat_QrLoginPollResponse.self
        ) { request, identity in
            request.identity = identity
            request.uuid = code.uuid
            request.timestamp = UInt32(truncatingIfNeeded: SystemClock().now.seconds)
            request.op = 0
        }
        let state: Microchat_QrLoginState
        do throws(WireError) {
            state = try Microchat_QrLoginState(
                plaintext: code.key.open(response.package.data.bytes))
        } catch {
            throw .unknown(reason: "the state of the QR code can't be read: \(error)")
        }
        return switch state.status {
        case 0: .waiting
        case 1: .scanned(by: state.nickName)
        case 2: .confirmed(user: state.userName, token: PasswordDigest(hex: state.passwordToken))
        default: .over
        }
    }
}
