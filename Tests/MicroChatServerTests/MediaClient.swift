import ContentFiles
import Foundation
import MicroChatServer
import MicroChatWire
import SwiftProtobuf
import Testing

/// Something to send.
struct MediaToSend: Sendable {
    var kind = MediaKind.file
    var whole: [UInt8]
    let digest: ContentDigest
    var request: Microchat_MediaUploadRequest

    init(_ whole: [UInt8], to wxid: String, client: UInt32 = 1) throws {
        self.whole = whole
        let digest = try ContentDigest.of(whole)
        self.digest = digest
        request = .with {
            $0.to = wxid
            $0.createTime = 1_700_000_000
            $0.clientID = client
            $0.digest = Data(digest.bytes)
            $0.size = UInt64(whole.count)
            $0.name = "a.bin"
            $0.mimeType = "application/octet-stream"
        }
    }

    func piece(_ range: Range<Int>) -> Microchat_MediaUploadRequest {
        var request = request
        // What a test has set stays.
        if request.offset == 0 { request.offset = UInt64(range.lowerBound) }
        request.data = Data(whole[range])
        return request
    }
}

extension HTTPAnswer {
    func response<Response: Message>(_ session: Session) throws -> Response {
        guard case .plaintext(let bytes, _) = try session.openResponse(body) else {
            throw CallRefused(status: try Packet(reading: body).status)
        }
        return try Response(plaintext: bytes)
    }
}

extension TestClient {
    func call(
        _ upload: MediaToSend, _ range: Range<Int>
    ) async throws -> Microchat_MediaUploadResponse {
        try await post(upload.kind.upload, upload.piece(range))
    }

    /// Sends all of it; returns the last answer.
    func upload(
        _ upload: MediaToSend, piece: Int = 100_000
    ) async throws -> Microchat_MediaUploadResponse {
        var answer = try await call(upload, 0..<0)
        while answer.result.code == 0, answer.serverID == 0 {
            let have = Int(answer.have)
            answer = try await call(upload, have..<min(have + piece, upload.whole.count))
        }
        return answer
    }

    func download(
        _ digest: ContentDigest, at offset: UInt64, _ length: UInt32, by call: Call = .downloadFile
    ) async throws -> Microchat_MediaDownloadResponse {
        try await post(
            call,
            Microchat_MediaDownloadRequest.with {
                $0.digest = Data(digest.bytes)
                $0.offset = offset
                $0.length = length
            })
    }

    /// Fetches all of it.
    func fetch(
        _ digest: ContentDigest, by call: Call = .downloadFile, piece: UInt32 = 512 << 10
    ) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let answer = try await download(digest, at: UInt64(bytes.count), piece, by: call)
            try #require(answer.result.code == 0 && answer.offset == UInt64(bytes.count))
            bytes += answer.data
            if UInt64(bytes.count) >= answer.size { return bytes }
            try #require(!answer.data.isEmpty)
        }
    }
}
