import BotKit

/// Where a contact's picture is (MicroChat wire protocol, section 13.2, fields 39 and 40; docs/protocol-extensions.md,
/// "Pictures of people"). The server says so, and it may be anywhere: only plain HTTP is followed, and nowhere further.
struct PictureAddress: Hashable {
    let place: HTTPAddress
    /// The SHA-256 of the picture in lower-case hex, where the address tells it.
    let digest: String?

    private static let longest = 1024

    /// - Returns: nil if it is no address to fetch a picture from.
    init?(_ text: String) {
        guard text.utf8.count <= Self.longest, text.prefix(7).lowercased() == "http://",
            let place = HTTPAddress(text, path: "/")
        else { return nil }
        self.place = place
        let parts = place.path.prefix { $0 != "?" }.split(separator: "/")
        let name = parts.count >= 2 && parts[0] == "mmhead" ? String(parts[1]) : ""
        digest = MediaSource.bytes(ofHex: name) == nil ? nil : name
    }
}
