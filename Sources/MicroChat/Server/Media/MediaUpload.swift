import ContentFiles
import FoundationEssentials
import MicroChatWire

/// One request of an upload, checked (docs/protocol-extensions.md, "Pictures, voice, video and files").
struct MediaUpload: Sendable {
    let kind: MediaKind
    let sender: Directory.Account
    let to: String
    let createTime: UInt32
    let clientID: UInt32
    let digest: ContentDigest
    let size: Int64
    let offset: Int64
    let data: [UInt8]
    let thumbnail: Data
    private let name: String
    private let mimeType: String
    private let duration: UInt32

    init(
        _ request: Microchat_MediaUploadRequest, _ kind: MediaKind, from sender: Directory.Account
    ) throws(Refusal) {
        guard request.size <= UInt64(kind.maximumSize) else { throw Refusal(.mediaTooLarge) }
        guard let digest = ContentDigest(bytes: request.digest), request.size > 0,
            request.offset <= request.size, request.data.count <= MediaLimit.piece,
            UInt64(request.data.count) <= request.size - request.offset,
            !request.to.isEmpty, request.to.utf8.count <= SendBatch.maximumName,
            Self.isName(request.name), Self.isMIMEType(request.mimeType),
            kind.allows(mimeType: request.mimeType), request.thumbnail.count <= MediaLimit.thumbnail
        else { throw Refusal(.badArgument) }
        if kind == .voice, request.duration > MediaLimit.voiceDuration { throw Refusal(.mediaTooLarge) }
        if kind == .video, request.duration > MediaLimit.videoDuration { throw Refusal(.mediaTooLarge) }
        self.kind = kind
        self.sender = sender
        to = request.to
        createTime = request.createTime
        clientID = request.clientID
        self.digest = digest
        size = Int64(request.size)
        offset = Int64(request.offset)
        data = Array(request.data)
        thumbnail = request.thumbnail
        name = request.name
        mimeType = request.mimeType
        duration = request.duration
    }

    /// A name that nobody can take for a path.
    private static func isName(_ name: String) -> Bool {
        name.utf8.count <= MediaLimit.name && name != ".." && name != "."
            && name.unicodeScalars.allSatisfy { $0 != "/" && $0.value >= 0x20 && $0.value != 0x7F }
    }

    private static func isMIMEType(_ type: String) -> Bool {
        type.utf8.count <= MediaLimit.mimeType && type.utf8.count { $0 == UInt8(ascii: "/") } == 1
            && type.utf8.allSatisfy { (0x21...0x7E).contains($0) && !Array("\"&<>".utf8).contains($0) }
    }

    /// The message that the whole becomes.
    var letter: Letter { Letter(type: kind.messageType, content: xml, thumbnail: thumbnail) }

    /// The message without the bytes, which may come in any number of requests.
    var send: NamedSend {
        NamedSend(call: kind.upload, to: to, createTime: createTime, clientID: "\(clientID)", letter: letter)
    }

    private var xml: String {
        let facts =
            #"length="\#(size)" sha256="\#(digest)" mimetype="\#(mimeType)" filename="\#(ElementText.escaped(name))""#
        switch kind {
        case .picture: return "<msg><img \(facts)/></msg>"
        case .voice: return "<msg><voicemsg voicelength=\"\(duration)\" \(facts)/></msg>"
        case .video: return "<msg><videomsg playlength=\"\(duration)\" \(facts)/></msg>"
        case .file:
            let dot = name.lastIndex(of: ".")
            let ending = dot.map { String(name[name.index(after: $0)...]) } ?? ""
            return """
                <msg><appmsg appid="" sdkver="0"><title>\(ElementText.escaped(name))</title><des></des><action>view</action>\
                <type>6</type><appattach><totallen>\(size)</totallen><fileext>\(ElementText.escaped(ending))</fileext>\
                <sha256>\(digest)</sha256><mimetype>\(mimeType)</mimetype></appattach></appmsg></msg>
                """
        }
    }
}
