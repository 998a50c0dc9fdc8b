import BotKit
import Foundation
import Logging
import MicroChatWire

/// Keeps the session across restarts, so that a restart is no new login (MicroChat wire protocol, section 8.4).
///
/// What is kept may be older than the truth but for one thing: a session is forgotten before a login that may end it
/// leaves. Otherwise the end of it would look like somebody else's login after a crash.
struct SessionMemory: Sendable {
    private static let key = "session"
    private static let ticketKey = "sms-ticket"
    private static let mobileKey = "sms-mobile"
    private static let unboundKey = "binds-no-links"

    let account: MicroChatAccount
    let memory: (any GatewayMemory)?
    let logger: Logger

    private struct Kept: Codable {
        var user: String
        /// Which server it is a session of: its login key.
        var server: String
        var uin: Int32
        var cookie: [UInt8]
        var key: [UInt8]
        var wxid: String
        var name: String
        /// Whether the server said that it binds new links to it.
        var bindsLinks: Bool?
    }

    /// A session with what is known of it.
    struct Loaded {
        var session: Session
        var name: String
        var binding: SessionKeeper.Binding
    }

    /// The session of an earlier process, if it was this account's, on this server.
    func load() async -> Loaded? {
        guard let bytes = try? await memory?.load(Self.key),
            let kept = try? JSONDecoder().decode(Kept.self, from: Data(bytes)),
            kept.user == account.user, kept.server == server,
            let cookie = try? Cookie(bytes: kept.cookie), let key = try? SymmetricKey(bytes: kept.key)
        else { return nil }
        var binding = SessionKeeper.Binding.announced
        if kept.bindsLinks != true { binding = await isUnbound() ? .none : .untried }
        return Loaded(
            session: Session(uin: kept.uin, cookie: cookie, key: key, wxid: kept.wxid), name: kept.name,
            binding: binding)
    }

    /// Keeps in mind that this server, which has not said that it binds links, did not bind one when asked to; nor does
    /// the next process ask then. False: it may be asked.
    func setUnbound(_ isUnbound: Bool) async {
        await save(isUnbound ? Array(server.utf8) : nil, as: Self.unboundKey)
    }

    private func isUnbound() async -> Bool {
        (try? await memory?.load(Self.unboundKey)) == Array(server.utf8)
    }

    /// Keeps a session; nil forgets it.
    func save(_ held: SessionKeeper.Held?) async {
        await save(
            held.flatMap { held in
                try? JSONEncoder().encode(
                    Kept(
                        user: account.user, server: server, uin: held.session.uin,
                        cookie: held.session.cookie.bytes, key: held.session.key.bytes,
                        wxid: held.session.wxid, name: held.name, bindsLinks: held.binding == .announced))
            }.map { Array($0) }, as: Self.key)
    }

    /// Keeps the ticket that a login with a text-message check ended with; it belongs to the code that the owner gets
    /// (sections 8.3 and 14.11). Nil forgets it.
    func save(ticket: [UInt8]?) async {
        await save(ticket, as: Self.ticketKey)
        if ticket == nil { await save(nil, as: Self.mobileKey) }
    }

    /// Keeps where the code was sent.
    func save(mobile: String) async { await save(Array(mobile.utf8), as: Self.mobileKey) }

    /// Where the code was sent.
    func mobile() async -> String? {
        (try? await memory?.load(Self.mobileKey)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The ticket of a text-message check that is still to be done.
    func ticket() async -> [UInt8]? { try? await memory?.load(Self.ticketKey) }

    private var server: String { (try? account.loginKey.pem()) ?? "" }

    private func save(_ bytes: [UInt8]?, as key: String) async {
        do {
            try await memory?.save(bytes, as: key)
        } catch {
            logger.warning("cannot keep the session for the next start: \(error)")
        }
    }
}
