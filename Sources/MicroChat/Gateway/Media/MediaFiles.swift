import BotKit
import FoundationEssentials
import MicroChatWire

extension Microchat_MediaUploadResponse: ResultHeaded {}
extension Microchat_MediaDownloadResponse: ResultHeaded {}

/// Moves pictures, voice, video and files piece by piece (docs/protocol-extensions.md, "Pictures, voice, video and
/// files"). Whatever cuts it off, the next try goes on where the other side has it.
extension MicroChatGateway {
    /// So small that a slow link gets each across well within the time for an answer.
    private static let piece = 128 << 10
    /// Answers in a row that bring nothing forward until it is given up for now.
    private static let mostStalls = 3

    /// Sends something: the server makes a message of it once it has the whole.
    func send(
        _ media: Media, as kind: MediaKind, _ outgoing: Outgoing
    ) async throws(Calls.Failure) -> Receipt {
        let store = try mediaStore()
        guard media.size <= kind.maximumSize else {
            throw .unsendable(ResultCode.mediaTooLarge.refusal)
        }
        guard kind.allows(mimeType: media.mimeType) else {
            throw .unsendable("this network takes no \(media.mimeType) as that kind of message")
        }
        var upload = Upload(media: media, kind: kind, outgoing: outgoing)
        if !media.thumbnail.isEmpty {
            upload.thumbnail =
                try await store.bytes(media.thumbnail, at: 0, count: MediaLimit.thumbnail) ?? []
        }
        try await mediaSlots.take()
        defer { mediaSlots.giveBack() }
        // The first request only asks: an earlier try may have come far.
        var stalls = 0
        var offset: Int64 = 0
        while true {
            let answer = try await send(upload)
            if answer.serverID != 0 { return Receipt(serverID: "\(answer.serverID)") }
            let have = Int64(clamping: answer.have)
            stalls = have > offset ? 0 : stalls + 1
            guard have < media.size, stalls <= Self.mostStalls else {
                throw .notSent("the server has \(have) of \(media.size) bytes and gets no further")
            }
            offset = have
            guard let piece = try await store.bytes(media.digest, at: have, count: Self.piece), !piece.isEmpty
            else {
                throw .unsendable("the bytes of \(media.name) are no longer in the media folder")
            }
            upload.offset = have
            upload.piece = piece
        }
    }

    /// One piece. Only the request that may complete the whole can have had an effect.
    private func send(_ upload: Upload) async throws(Calls.Failure) -> Microchat_MediaUploadResponse {
        do throws(Calls.Failure) {
            return try await ask(
                upload.kind.upload, Microchat_MediaUploadRequest.self,
                answer: Microchat_MediaUploadResponse.self
            ) { request, identity, _ in
                upload.fill(&request)
                request.identity = identity
            }
        } catch .noAnswer(let reason) where !upload.mayComplete {
            throw .notSent(reason)
        }
    }

    /// Fetches something that came in.
    func fetch(_ media: Media) async throws(Calls.Failure) -> Receipt {
        let store = try mediaStore()
        guard let source = MediaSource(media), media.size > 0 else {
            throw .unsendable("nothing is known of it that it could be fetched by")
        }
        guard media.size <= source.kind.maximumSize else {
            throw .unsendable(ResultCode.mediaTooLarge.refusal)
        }
        try await mediaSlots.take()
        defer { mediaSlots.giveBack() }
        do {
            var have = try await store.received(media)
            while have < media.size {
                let piece = try await piece(of: source, at: have)
                guard !piece.isEmpty, have + Int64(piece.count) <= media.size else {
                    throw Calls.Failure.unsendable("the server has another number of bytes than it said")
                }
                have = try await store.receive(piece, at: have, of: media)
            }
            return Receipt()
        } catch let failure as Calls.Failure {
            throw failure
        } catch {
            throw .notSent("cannot keep it: \(error)")
        }
    }

    private func piece(of source: MediaSource, at offset: Int64) async throws(Calls.Failure) -> [UInt8] {
        do throws(Calls.Failure) {
            let answer = try await ask(
                source.kind.download, Microchat_MediaDownloadRequest.self,
                answer: Microchat_MediaDownloadResponse.self
            ) { request, identity, _ in
                request.identity = identity
                request.digest = Data(source.digest)
                request.offset = UInt64(clamping: offset)
                request.length = UInt32(Self.piece)
            }
            guard answer.offset == UInt64(clamping: offset) else { return [] }
            return Array(answer.data)
        } catch .noAnswer(let reason) {
            // Nothing happens by fetching.
            throw .notSent(reason)
        }
    }

    func mediaStore() throws(Calls.Failure) -> any MediaStore {
        guard let media else { throw .unsendable("this account has no place for files") }
        return media
    }
}

/// One upload, with the piece that goes next.
private struct Upload: Sendable {
    let media: Media
    let kind: MediaKind
    let outgoing: Outgoing
    var thumbnail: [UInt8] = []
    var offset: Int64 = 0
    var piece: [UInt8] = []

    /// Whether the server may have the whole once it has this. It may have had it before.
    var mayComplete: Bool { piece.isEmpty || offset + Int64(piece.count) >= media.size }

    func fill(_ request: inout Microchat_MediaUploadRequest) {
        request.to = outgoing.chat.rawValue
        request.createTime = outgoing.clientID.seconds
        request.clientID = outgoing.clientID.number
        request.digest = Data(MediaSource.bytes(ofHex: media.digest) ?? [])
        request.size = UInt64(clamping: media.size)
        request.offset = UInt64(clamping: offset)
        request.data = Data(piece)
        request.name = media.name
        request.mimeType = media.mimeType
        request.duration = UInt32(clamping: media.duration)
        // With it the message is made, and any request may be the one that makes it.
        request.thumbnail = Data(thumbnail)
    }
}

extension MediaStore {
    fileprivate func bytes(
        _ digest: String, at offset: Int64, count: Int
    ) async throws(Calls.Failure) -> [UInt8]? {
        do {
            return try await read(digest, at: offset, count: count)
        } catch {
            throw .notSent("cannot read what is to be sent: \(error)")
        }
    }
}
