import ContentFiles
import DurableSQLite
import FoundationEssentials
import Logging
import MicroChatWire
import NIOPosix
import SwiftProtobuf

extension Exchange {
    /// Takes a piece of something, and delivers the message once the whole is there
    /// (docs/protocol-extensions.md, "Pictures, voice, video and files").
    func upload(
        _ kind: MediaKind, _ plaintext: [UInt8], from device: Device,
        then complete: @escaping @Sendable (Answer) -> Void
    ) {
        guard let request = try? Microchat_MediaUploadRequest(plaintext: plaintext) else {
            return complete(.refusal(.badArgument))
        }
        guard let sender = directory.accounts[device.uin] else {
            return complete(.plaintext(Self.failure(of: kind.upload, .badArgument)))
        }
        respond(to: kind.upload, of: device, then: complete) { [self] in
            try await take(MediaUpload(request, kind, from: sender), from: device)
        }
    }

    /// Gives out some bytes of something that the account has sent or was sent.
    func download(
        _ call: Call, _ plaintext: [UInt8], from device: Device,
        then complete: @escaping @Sendable (Answer) -> Void
    ) {
        guard let request = try? Microchat_MediaDownloadRequest(plaintext: plaintext) else {
            return complete(.refusal(.badArgument))
        }
        respond(to: call, of: device, then: complete) { [self] in try await give(request, to: device) }
    }

    private func respond(
        to call: Call, of device: Device, then complete: @escaping @Sendable (Answer) -> Void,
        _ work: @escaping @Sendable () async throws -> some Message
    ) {
        Task {
            do {
                complete(Self.answer(try await work(), to: call))
            } catch {
                complete(.plaintext(Self.failure(of: call, code(for: error, call, device))))
            }
        }
    }

    private func code(for error: any Error, _ call: Call, _ device: Device) -> ResultCode {
        if let refusal = error as? MediaRefusal { return refusal.code }
        if case .damaged? = error as? ContentError { return .mediaDamaged }
        logger.error(
            "cannot move media",
            metadata: ["call": "\(call.name)", "uin": "\(device.uin)", "error": "\(error)"])
        return .systemError
    }

    private func take(
        _ upload: MediaUpload, from device: Device
    ) async throws -> Microchat_MediaUploadResponse {
        let known = try await database.read { db in
            (
                first: try MediaRecords.firstResult(of: upload, db),
                size: try MediaRecords.size(of: upload.digest, for: upload.sender.uin, db),
                announced: try MediaRecords.announced(upload, db)
            )
        }
        if let first = known.first { return first }
        guard [nil, upload.size].contains(known.announced), [nil, upload.size].contains(known.size) else {
            throw MediaRefusal(.badArgument)
        }
        // Nobody sends a hundred megabytes to be told afterwards that they are not wanted.
        if batch(of: upload, from: device).code(for: directory.account(wxid: upload.to)) != .ok {
            return try await deliver(upload, from: device)
        }
        // What the account has sent before, or was sent, it need not send again.
        if known.size != nil, media.has(upload.digest) { return try await deliver(upload, from: device) }
        if known.announced == nil {
            let (quota, now) = (media.quota, now())
            try await database.write { try MediaRecords.begin(upload, quota: quota, now: now, $0) }
        }
        let have = try await NIOThreadPool.singleton.runIfActive { [media] in try media.take(upload) }
        guard have >= upload.size else { return MediaUpload.response(.ok, have: have) }
        return try await deliver(upload, from: device)
    }

    private func batch(of upload: MediaUpload, from device: Device) -> SendBatch {
        SendBatch(
            sender: upload.sender, slot: device.slot, messages: [upload.message], directory: directory,
            mailboxes: mailboxes, now: now(), types: [upload.kind.messageType], thumbnail: upload.thumbnail)
    }

    /// Makes a message of what is there, in the transaction that says who may fetch it.
    private func deliver(
        _ upload: MediaUpload, from device: Device
    ) async throws -> Microchat_MediaUploadResponse {
        let (batch, now) = (batch(of: upload, from: device), now())
        let outcome = try await withCheckedThrowingContinuation { continuation in
            database.write { [media] db in
                let outcome = try batch.deliver(db)
                guard outcome.results.first?.code == ResultCode.ok.rawValue else { return outcome }
                // Upkeep removes files in transactions too, so what is there now stays.
                guard media.has(upload.digest) else { throw MediaRefusal(.mediaGone) }
                try MediaRecords.deliver(upload, to: outcome.delivered.map(\.owner), now: now, db)
                return outcome
            } then: { [self] result in
                if case .success(let outcome) = result { arrived(outcome.delivered) }
                continuation.resume(with: result)
            }
        }
        guard let result = outcome.results.first else { throw MediaRefusal(.systemError) }
        return MediaUpload.response(
            ResultCode(rawValue: result.code), have: upload.size, messageID: result.messageID,
            serverID: result.serverID, time: now)
    }

    private func give(
        _ request: Microchat_MediaDownloadRequest, to device: Device
    ) async throws -> Microchat_MediaDownloadResponse {
        guard let digest = ContentDigest(bytes: request.digest) else { throw MediaRefusal(.badArgument) }
        let known = try await database.read { try MediaRecords.size(of: digest, for: device.uin, $0) }
        guard let size = known else { throw MediaRefusal(.mediaGone) }
        guard request.offset <= UInt64(size) else { throw MediaRefusal(.badArgument) }
        let count = min(Int(request.length), MediaLimit.piece)
        let bytes = try await NIOThreadPool.singleton.runIfActive { [media] in
            try media.read(digest, at: Int64(request.offset), count: count)
        }
        guard let bytes else { throw MediaRefusal(.mediaGone) }
        return .with {
            $0.result = Microchat_ResultHeader(.ok)
            $0.size = UInt64(size)
            $0.offset = request.offset
            $0.data = Data(bytes)
        }
    }
}
