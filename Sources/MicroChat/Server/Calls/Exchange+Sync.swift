import DurableSQLite
import FoundationEssentials
import Logging
import MicroChatWire
import SwiftProtobuf

extension Exchange {
    /// Incremental sync (MicroChat wire protocol, section 11).
    func newSync(
        _ plaintext: [UInt8], from device: Device, then complete: @escaping @Sendable (Answer) -> Void
    ) {
        guard let request = try? Microchat_SyncRequest(plaintext: plaintext),
            let key = try? SyncKey(envelope: Array(request.syncKey))
        else { return complete(.refusal(.badArgument)) }
        let kinds = SyncKinds(selector: request.selector)
        page(of: kinds, from: SyncPosition(key), limit: nil, for: device) { [self] result in
            switch result {
            case .success(let page):
                var response = Microchat_SyncResponse()
                response.code = ResultCode.ok.rawValue
                response.items.count = UInt32(page.items.count)
                response.items.items = page.items
                response.continueFlag = page.remaining.rawValue
                response.syncKey = Data((try? page.position.key.envelope()) ?? [])
                response.status = 0
                response.serverTime = UInt32(truncatingIfNeeded: now())
                complete(Self.answer(response, to: .newSync))
                // For clients that do not look at the flag.
                if !page.remaining.isEmpty { sessions.link(of: device)?.itemWaits(page.remaining) }
            case .failure:
                complete(.plaintext(Self.failure(of: .newSync, .systemError)))
            }
        }
    }

    /// First download (MicroChat wire protocol, section 10).
    func newInit(
        _ plaintext: [UInt8], from device: Device, then complete: @escaping @Sendable (Answer) -> Void
    ) {
        guard let request = try? Microchat_InitRequest(plaintext: plaintext),
            let key = try? SyncKey(envelope: Array(request.currentKey)),
            let limit = try? SyncKey(envelope: Array(request.maxKey))
        else { return complete(.refusal(.badArgument)) }
        let bound = limit.entries.isEmpty ? nil : SyncPosition(limit)
        page(of: .everything, from: SyncPosition(key), limit: bound, for: device) { result in
            switch result {
            case .success(let page):
                var response = Microchat_InitResponse()
                response.result = Microchat_ResultHeader(.ok)
                response.currentKey = Data((try? page.position.key.envelope()) ?? [])
                response.maxKey = Data((try? page.end.key.envelope()) ?? [])
                response.continueFlag = page.remaining.isEmpty ? 0 : 1
                response.selectBitmap = SyncKinds.everything.rawValue
                response.itemCount = UInt32(page.items.count)
                response.items = page.items
                response.ratio = page.progress
                complete(Self.answer(response, to: .newInit))
            case .failure:
                complete(.plaintext(Self.failure(of: .newInit, .systemError)))
            }
        }
    }

    /// Reads a page after noting what the device has by presenting this key.
    private func page(
        of kinds: SyncKinds, from start: SyncPosition, limit: SyncPosition?, for device: Device,
        then complete: @escaping @Sendable (Result<Page, any Error>) -> Void
    ) {
        mailboxes.consume(device, key: start, asking: kinds, now: now())
        sessions.link(of: device)?.syncBegins(kinds)
        if limit == nil, let page = mailboxes.page(device, from: start, of: kinds) {
            return complete(.success(page))
        }
        let consumed = mailboxes.consumed(device)
        database.read { [pictureAddresses] db in
            try Page(
                of: device, from: start, kinds: kinds, consumed: consumed, limit: limit,
                pictures: pictureAddresses, db)
        } then: { [logger] result in
            if case .failure(let error) = result {
                logger.error("cannot read a page", metadata: ["uin": "\(device.uin)", "error": "\(error)"])
            }
            complete(result)
        }
    }
}

extension Page {
    /// How much of a first download is done, in percent.
    fileprivate var progress: UInt32 {
        let done = position.contact + position.message
        let all = end.contact + end.message
        return !remaining.isEmpty && all > 0 ? UInt32(clamping: done * 100 / all) : 100
    }
}
