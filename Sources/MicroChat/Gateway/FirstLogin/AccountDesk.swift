package import BotKit
package import Logging
package import MicroChatWire
import NIOCore

/// Where the owner logs an account in and out while its gateway does not run. All of it goes over the short link; the
/// session is kept for the gateway's next start (MicroChat wire protocol, section 8).
package struct AccountDesk: Sendable {
    let account: MicroChatAccount
    let memory: SessionMemory
    private let addresses: AddressBook
    private let shortLink: ShortLinkClient

    /// - Parameter memory: the gateway's, of this account.
    package init(_ account: MicroChatAccount, memory: any GatewayMemory, logger: Logger) {
        self.account = account
        self.memory = SessionMemory(account: account, memory: memory, logger: logger)
        let connector = Connector(account)
        addresses = AddressBook(
            account.addresses, sources: AddressBook.Sources(account, through: connector), memory: memory,
            clock: SystemClock(), logger: logger)
        shortLink = ShortLinkClient(
            route: Route(link: .short, addresses: addresses, connector: connector), timing: account.timing)
    }

    /// What an account learnt of its servers' addresses goes for its owner too.
    package func open() async { await addresses.load() }

    /// Calls for which no session is needed.
    var calls: KeyedCalls { KeyedCalls(account, shortLink: shortLink) }

    /// Whether a gateway could go on without a login.
    package func hasSession() async -> Bool { await memory.load() != nil }

    // MARK: In

    /// Who has logged in.
    package struct Person: Hashable, Sendable {
        package var identity: Identity
        /// Whatever else the account can be called: what it logs in with, its phone number.
        package var names: Set<String>
    }

    /// What came of a login.
    package enum Outcome: Sendable {
        /// The session is kept.
        case loggedIn(Person)
        /// The server wants the code of a text message first; the ticket is kept.
        case textMessageCheck
    }

    /// Logs in, and keeps the session if it is the right person's. Any session that was kept before is over.
    ///
    /// - Parameters:
    ///   - user: nil for the account's; the password is theirs, or a token that stands for it.
    ///   - isRight: throws if somebody else has logged in than was meant; their session is ended then.
    package func logIn(
        as user: String? = nil, password: PasswordDigest, isRight: (Person) throws -> Void
    ) async throws -> Outcome {
        // As in Exchange.logIn: it may end the session from here on.
        await memory.save(nil)
        let (outcome, person, held) = try await attempt(user ?? account.user, password)
        switch outcome {
        case .textMessageCheck(let ticket, _):
            await memory.save(ticket: ticket)
            return .textMessageCheck
        case .kicked: throw GatewayError.refused(reason: LongLink.elsewhere)
        case .redirected: throw GatewayError.refused(reason: "the server keeps sending the login elsewhere")
        case .stopped(let reason): throw GatewayError.refused(reason: reason)
        case .failed(let reason), .unreadable(let reason): throw GatewayError.retry(reason: reason)
        case .loggedIn: break
        }
        guard let person, let held else { throw GatewayError.retry(reason: "the login gave no session") }
        do {
            try isRight(person)
        } catch {
            try? await end(held.session)
            throw error
        }
        await memory.save(held)
        await memory.save(ticket: nil)
        return .loggedIn(person)
    }

    /// Logins that may be sent to another address.
    private static let mostRedirects = 3

    private func attempt(
        _ user: String, _ password: PasswordDigest
    ) async throws -> (Login.Outcome, Person?, SessionKeeper.Held?) {
        for _ in 0...Self.mostRedirects {
            let login = try Login(account, as: user, password: password)
            let (answer, candidate) = try await post(.manualAuth, login.packet)
            let (outcome, network) = login.outcome(of: answer)
            if let network { await addresses.adopt(network, from: candidate, on: .short) }
            switch outcome {
            case .redirected: continue
            case .loggedIn(let session, let identity, let names, let bindsLinks):
                return (
                    outcome, Person(identity: identity, names: names),
                    SessionKeeper.Held(
                        session: session, name: identity.name, generation: 1,
                        binding: bindsLinks ? .announced : .none)
                )
            default: return (outcome, nil, nil)
            }
        }
        return (.redirected, nil, nil)
    }

    // MARK: Out

    /// Ends the kept session at the server and forgets it (section 14.12).
    ///
    /// - Returns: false if there was none.
    /// - Throws: if the server could not be asked; then the session is still kept.
    package func logOut() async throws -> Bool {
        guard let kept = await memory.load() else { return false }
        try await end(kept.session)
        await memory.save(nil)
        return true
    }

    /// Forgets the kept session without asking anybody.
    package func forget() async { await memory.save(nil) }

    private func end(_ session: Session) async throws {
        var request = Microchat_LogoutRequest()
        request.identity = account.identity(sessionKey: session.key, uin: session.uin, scene: 0)
        request.scene = 0
        let packet = try session.sealRequest(
            Call.logout.type, clientVersion: ClientVersion.classic, plaintext: request.plaintext())
        let (answer, _) = try await post(.logout, packet)
        let code: ResultCode
        switch try session.openResponse(answer) {
        case .refused(let status): code = status
        case .plaintext(let plaintext, _):
            code = try Microchat_LogoutResponse(plaintext: plaintext).result.result
        }
        switch code {
        case .ok, .sessionGone, .loggedInElsewhere: return
        default: throw GatewayError.refused(reason: code.refusal)
        }
    }

    private func post(_ call: Call, _ packet: ByteBuffer) async throws(GatewayError) -> (
        ByteBuffer, Candidate
    ) {
        do throws(ShortLinkClient.Failure) {
            return try await shortLink.answer(to: call, packet, until: .now + account.timing.calls.task)
        } catch {
            throw GatewayError(error)
        }
    }
}

extension GatewayError {
    init(_ failure: ShortLinkClient.Failure) {
        self =
            switch failure {
            case .notSent(let reason): .retry(reason: reason)
            case .noAnswer(let reason): .unknown(reason: reason)
            }
    }
}
