package import BotKit
import MicroChatWire

/// The check that a server asks for with −205: it sends a code to the owner's phone and wants it back (MicroChat wire
/// protocol, section 14.11). After it the account can log in.
package struct TextMessageCheck: Sendable {
    private let calls: KeyedCalls
    private let account: MicroChatAccount
    private let ticket: String

    private let memory: SessionMemory

    /// The check that the last login of an account ended with; nil if it ended with none.
    package init?(at desk: AccountDesk) async {
        guard let ticket = await desk.memory.ticket() else { return nil }
        calls = desk.calls
        account = desk.account
        memory = desk.memory
        self.ticket = String(decoding: ticket, as: UTF8.self)
    }

    /// The number that the code was sent to last; nil if none was sent yet.
    package var mobile: String? {
        get async { await memory.mobile() }
    }

    private enum Operation: Int32 {
        case sendCode = 10
        case checkCode = 11
    }

    /// Has the server send its code.
    ///
    /// - Parameter mobile: the phone's number, with the country in front.
    package func sendCode(to mobile: String) async throws(GatewayError) {
        try await perform(.sendCode, mobile: mobile)
        await memory.save(mobile: mobile)
    }

    /// Gives the code back.
    package func check(_ code: String, from mobile: String) async throws(GatewayError) {
        try await perform(.checkCode, mobile: mobile, code: code)
    }

    private func perform(
        _ operation: Operation, mobile: String, code: String = ""
    ) async throws(GatewayError) {
        let account = account
        let ticket = ticket
        _ = try await calls.make(
            .bindMobile, Microchat_BindMobileRequest.self, answer: Microchat_BindMobileResponse.self
        ) { request, identity in
            request.identity = identity
            request.mobile = mobile
            request.op = operation.rawValue
            request.verifyCode = code
            request.dialFlag = 0
            request.dialLanguage = ""
            request.authTicket = ticket
            request.forceRegister = 0
            request.deviceName = account.device.name
            request.deviceModel = account.device.name
            request.language = account.device.language
            request.inputRetries = 0
            request.adjust = 0
        }
    }
}
