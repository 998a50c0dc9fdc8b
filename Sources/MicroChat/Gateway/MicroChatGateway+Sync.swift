package import BotKit
import Foundation
import Logging
import MicroChatWire

extension MicroChatGateway {
    package func changes(since key: BotKit.SyncKey?) async throws(GatewayError) -> Changes {
        switch SyncPosition(key) {
        case .initializing(let current, let most): try await initialize(current: current, most: most)
        case .synced(let bytes): try await sync(since: bytes)
        }
    }

    /// One page of the first download (MicroChat wire protocol, section 10).
    private func initialize(current: [UInt8], most: [UInt8]) async throws(GatewayError) -> Changes {
        let account = account
        let (response, own) = try await page(.newInit) { session throws(WireError) in
            var request = Microchat_InitRequest()
            request.identity = account.identity(sessionKey: session.key, uin: session.uin, scene: 3)
            request.wxid = session.wxid
            request.currentKey = Data(current)
            request.maxKey = Data(most)
            request.language = account.device.language
            return try request.plaintext()
        } read: { plaintext throws(WireError) in
            let response = try Microchat_InitResponse(plaintext: plaintext)
            return (response.result.result, response)
        }
        let (newCurrent, newMost) = (Array(response.currentKey), Array(response.maxKey))
        // A server that says "continue" without moving would be asked for ever.
        let goesOn = response.continueFlag != 0 && (newCurrent, newMost) != (current, most)
        let position =
            goesOn ? SyncPosition.initializing(current: newCurrent, most: newMost) : .synced(newCurrent)
        // What happened during the download is only in a sync after it.
        return changes(to: position, response.items, own: own, hasMore: true)
    }

    /// One page of what changed (section 11).
    private func sync(since key: [UInt8]) async throws(GatewayError) -> Changes {
        let deviceType = account.device.kind
        let (response, own) = try await page(.newSync) { _ throws(WireError) in
            var request = Microchat_SyncRequest()
            request.operations.count = 0
            request.selector = 7
            request.syncKey = Data(key)
            request.scene = 3
            request.deviceType = deviceType
            request.syncMessageDigest = 1
            return try request.plaintext()
        } read: { plaintext throws(WireError) in
            let response = try Microchat_SyncResponse(plaintext: plaintext)
            return (ResultCode(rawValue: response.code), response)
        }
        let newKey = response.syncKey.isEmpty ? key : Array(response.syncKey)
        let goesOn = response.continueFlag != 0 && newKey != key
        return changes(to: .synced(newKey), response.items.items, own: own, hasMore: goesOn)
    }

    private func page<Response: Sendable>(
        _ call: Call, request: (Session) throws(WireError) -> [UInt8],
        read: ([UInt8]) throws(WireError) -> (ResultCode, Response)
    ) async throws(GatewayError) -> (Response, own: PersonID) {
        do throws(Calls.Failure) {
            let response = try await calls.make(call, request: request, read: read)
            return (response, PersonID(sessions.current?.session.wxid ?? ""))
        } catch {
            throw GatewayError(error)
        }
    }

    private func changes(
        to position: SyncPosition, _ items: [Microchat_SyncItem], own: PersonID, hasMore: Bool
    ) -> Changes {
        let items = Items(items, own: own, now: clock.now)
        if items.unreadable > 0 {
            logger.warning("passed over \(items.unreadable) items that can't be read")
        }
        return Changes(
            key: position.key, events: items.events, contacts: items.contacts,
            removedContacts: items.removedContacts, hasMore: hasMore)
    }
}
