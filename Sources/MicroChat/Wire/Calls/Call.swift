/// A call: its path name on the short link, its type number, its command on the long link
/// (MicroChat wire protocol, section 14).
package struct Call: Hashable, Sendable {
    /// The last part of the short link's path.
    package let name: String
    /// The number in the packet header.
    package let type: CallType
    /// The long link's command; nil if none is known.
    package let command: Command?

    private init(_ name: String, type: UInt32, command: UInt32?) {
        self.name = name
        self.type = CallType(rawValue: type)
        self.command = command.map(Command.init(rawValue:))
    }

    /// Login (section 8).
    package static let manualAuth = Call("manualauth", type: 701, command: 253)
    /// First download (section 10).
    package static let newInit = Call("newinit", type: 139, command: 27)
    /// Incremental sync (section 11).
    package static let newSync = Call("newsync", type: 138, command: 121)
    /// Sends messages (section 14.1).
    package static let newSendMessage = Call("newsendmsg", type: 522, command: 237)
    /// Shares a link (section 14.2).
    package static let sendAppMessage = Call("sendappmsg", type: 222, command: 107)
    /// Sends an emoticon (section 14.3).
    package static let sendEmoji = Call("sendemoji", type: 175, command: 68)
    /// Takes a message back (section 14.4).
    package static let revokeMessage = Call("revokemsg", type: 594, command: nil)
    /// Looks up a stranger (section 14.5).
    package static let searchContact = Call("searchcontact", type: 106, command: 34)
    /// Adds a person, or accepts (section 14.6).
    package static let verifyUser = Call("verifyuser", type: 30, command: 44)
    /// Fetches contacts (section 14.7).
    package static let getContact = Call("getcontact", type: 182, command: 71)
    /// Fetches the own profile (section 14.7).
    package static let getProfile = Call("getprofile", type: 302, command: 118)
    /// Makes a chat room (section 14.8).
    package static let createChatRoom = Call("createchatroom", type: 119, command: 37)
    /// Adds people to a chat room (section 14.8).
    package static let addChatRoomMember = Call("addchatroommember", type: 120, command: 36)
    /// Makes or joins a chat room by a code that people nearby agree on (section 14.8).
    package static let faceToFaceRoom = Call("mmfacingcreatechatroom", type: 653, command: nil)
    /// Tells a chat room something as its owner (section 14.8).
    package static let setRoomAnnouncement = Call("setchatroomannouncement", type: 993, command: nil)
    /// Changes the own data (section 14.9).
    package static let operationLog = Call("oplog", type: 681, command: nil)
    /// Asks for the QR code of a login (section 14.10).
    package static let getLoginQRCode = Call("getloginqrcode", type: 502, command: 232)
    /// Asks what has become of a QR code (section 14.10).
    package static let checkLoginQRCode = Call("checkloginqrcode", type: 503, command: 233)
    /// Checks a login by text message (section 14.11).
    package static let bindMobile = Call("bindopmobileforreg", type: 145, command: nil)

    // Pictures, voice, video and files (docs/protocol-extensions.md). Only on the short link: pieces would hold up the
    // long link's heartbeats.

    /// Takes a picture to the server.
    package static let uploadPicture = Call("uploadmsgimg", type: 110, command: nil)
    /// Fetches a picture.
    package static let downloadPicture = Call("getmsgimg", type: 109, command: nil)
    /// Takes voice to the server.
    package static let uploadVoice = Call("uploadvoice", type: 127, command: nil)
    /// Fetches voice.
    package static let downloadVoice = Call("downloadvoice", type: 128, command: nil)
    /// Takes a video to the server.
    package static let uploadVideo = Call("uploadvideo", type: 149, command: nil)
    /// Fetches a video.
    package static let downloadVideo = Call("downloadvideo", type: 150, command: nil)
    /// Takes a file to the server.
    package static let uploadFile = Call("uploadappattach", type: 220, command: nil)
    /// Fetches a file.
    package static let downloadFile = Call("downloadappattach", type: 221, command: nil)

    /// Leaves (section 14.12).
    package static let logout = Call("logout", type: 282, command: nil)

    // Deployed clients make these around a login and go on once they are answered. Their numbers are nobody's here.

    /// Tells what the device is.
    package static let reportDevice = Call("reportdevice", type: 0, command: nil)
    /// Tells how a strategy worked.
    package static let reportStrategy = Call("reportstrategy", type: 0, command: nil)
    /// Asks for news about the client program.
    package static let whatsNews = Call("whatsnews", type: 0, command: nil)
    /// Asks for a download.
    package static let downloadPackage = Call("downloadpackage", type: 0, command: nil)

    /// Sets the own picture, or a chat room's (docs/protocol-extensions.md).
    package static let setHeadPicture = Call("setheadpicture", type: 0, command: nil)

    /// Every call named here.
    package static let all = [
        manualAuth, newInit, newSync, newSendMessage, sendAppMessage, sendEmoji, revokeMessage, searchContact,
        verifyUser, getContact, getProfile, createChatRoom, addChatRoomMember, faceToFaceRoom,
        setRoomAnnouncement, operationLog, getLoginQRCode, checkLoginQRCode, bindMobile, logout, reportDevice,
        reportStrategy, whatsNews, downloadPackage, setHeadPicture, uploadPicture, downloadPicture,
        uploadVoice, downloadVoice, uploadVideo, downloadVideo, uploadFile, downloadFile,
    ]
}
