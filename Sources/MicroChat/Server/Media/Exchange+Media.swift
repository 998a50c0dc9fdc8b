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
        guard let sender = directory.account(device.uin) else {
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
        if let refusal = error as? Refusal { return refusal.code }
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
                first: try upload.send.first(from: upload.sender, db),
                size: try MediaRecords.size(of: upload.digest, for: upload.sender.uin, db),
                announced: try MediaRecords.announced(upload, db)
            )
        }
        if let first = known.first { return MediaUpload.response(first, have: upload.size, time: now()) }
        guard [nil, upload.size].contains(known.announced), [nil, upload.size].contains(known.size) else {
            throw Refusal(.badArgument)
        }
        // Nobody sends a hundred megabytes to be told afterwards that they are not wanted.
        if Route(from: upload.sender, to: upload.to, directory).code != .ok {
            return try await deliver(upload, from: device)
        }
        // What the account has sent before, or was sent, it need not send again.
        if known.size != nil, media.has(upload.digest) { return try await deliver(upload, from: device) }
        if known.announced == nil {
            let (quota, now) = (media.quota, now())
            try await database.write { try MediaRecords.begin(upload, quota: quota, now: now, $0) }
        }
        let have = try await NIOThreadPool.singleton.runIfActive { [media] in try media.take(upload) }
        guard have >= upload.size else { return MediaUpload.response(have: have) }
        return try await deliver(upload, from: device)
    }

    /// Makes a message of what is there, in the transaction that says who may fetch it.
    private func deliver(
        _ upload: MediaUpload, from device: Device
    ) async throws -> Microchat_MediaUploadResponse {
        try await commit { [mailboxes, media] edit in
            // Asked in the transaction: a device that comes later begins behind what is written here.
            if mailboxes.hasDevices(besides: device) { edit.shownBy = device.slot }
            let result = try upload.send.deliver(from: upload.sender, &edit)
            if result.code == ResultCode.ok.rawValue {
                // Upkeep removes files in transactions too, so what is there now stays.
                guard media.has(upload.digest) else { throw Refusal(.mediaGone) }
                let readers = edit.log.appended.map(\.owner)
                try MediaRecords.deliver(upload, to: readers, now: edit.now, edit.db)
            }
            return MediaUpload.response(result, have: upload.size, time: edit.now)
        }
    }

    private func give(
        _ request: Microchat_MediaDownloadRequest, to device: Device
    ) async throws -> Microchat_MediaDownloadResponse {
        guard let digest = ContentDigest(bytes: request.digest) else { throw Refusal(.badArgument) }
        let known = try await database.read { try MediaRecords.size(of: digest, for: device.uin, $0) }
        guard let size = known else { throw Refusal(.mediaGone) }
        guard request.offset <= UInt64(size) else { throw Refusal(.badArgument) }
        let count = min(Int(request.length), MediaLimit.piece)
        let bytes = try await NIOThreadPool.singleton.runIfActive { [media] in
            try media.read(digest, at: Int64(request.offset), count: count)
        }
        guard let bytes else { throw Refusal(.mediaGone) }
        return .with {
            $0.result = Microchat_ResultHeader(.ok)
            $0.size = UInt64(size)
            $0.offset = request.offset
            $0.data = Data(bytes)
        }
    }
}
