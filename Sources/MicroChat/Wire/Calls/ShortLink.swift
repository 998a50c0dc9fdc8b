/// What both ends of the short link write into HTTP (MicroChat wire protocol, section 2.2).
package enum ShortLink {
    /// What every path begins with; the call's name follows.
    package static let pathPrefix = "/cgi-bin/micromsg-bin/"
    /// The type of both bodies.
    package static let contentType = "application/octet-stream"
    /// What a client calls itself.
    package static let userAgent = "MicroMessenger Client"
    /// What an answer claims to be.
    package static let contentDisposition = "attachment; filename=\"micromsgresp.dat\""
    /// The largest packet.
    package static let maximumPacketLength = 1 << 20

    /// The path of a call.
    package static func path(of call: Call) -> String { pathPrefix + call.name }

    /// The call that a path names, without regard to a query; nil if it is not this protocol's.
    package static func callName(inPath path: String) -> Substring? {
        let bare = path.prefix { $0 != "?" && $0 != "#" }
        guard bare.hasPrefix(pathPrefix) else { return nil }
        let name = bare.dropFirst(pathPrefix.count)
        return name.isEmpty || name.contains("/") ? nil : name
    }
}
