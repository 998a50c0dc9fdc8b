/// The addresses of an operator's hosts, as the name service gives them (MicroChat wire protocol, section 3.1).
package struct AddressList: Hashable, Sendable {
    /// The call that asks for it: a GET on the short link's path.
    package static let callName = "newgetdns"
    /// Where a name service answers.
    package static let path = ShortLink.pathPrefix + callName
    /// The type of the answer.
    package static let contentType = "text/xml"
    /// The largest answer that is read.
    package static let maximumLength = 64 << 10

    /// A host and where it is.
    package struct Domain: Hashable, Sendable {
        /// The host's name.
        package var name: String
        /// For how many seconds this may be used.
        package var timeout: Int
        /// Which link it serves; an extension, nil if the list does not say.
        package var link: LinkKind?
        /// Best first: `major` before `minor`.
        package var addresses: [Address]

        package init(name: String, timeout: Int, link: LinkKind? = nil, addresses: [Address]) {
            self.name = name
            self.timeout = timeout
            self.link = link
            self.addresses = addresses
        }
    }

    /// One address of a host.
    package struct Address: Hashable, Sendable {
        /// The IP address, as text.
        package var ip: String
        /// The port; an extension, nil if the usual ones are meant.
        package var port: Int?
        /// Whether others should be tried before it.
        package var isMinor: Bool

        package init(ip: String, port: Int? = nil, isMinor: Bool = false) {
            self.ip = ip
            self.port = port
            self.isMinor = isMinor
        }
    }

    /// The hosts, in the order of the list.
    package var domains: [Domain]

    package init(domains: [Domain]) { self.domains = domains }

    /// The host of that name; names do not differ by capitals.
    package func domain(_ name: String) -> Domain? {
        domains.first { $0.name.lowercased() == name.lowercased() }
    }

    /// The hosts that serve a link: those that the list says do, else those whose names say so.
    package func domains(for link: LinkKind) -> [Domain] {
        let marked = domains.filter { $0.link == link }
        return marked.isEmpty
            ? domains.filter { $0.link == nil && LinkKind(hostName: $0.name) == link } : marked
    }

    /// The list as it is sent. Tag names are lower-case, as a deployed client needs them.
    package var xml: String {
        var lines = [
            #"<?xml version="1.0" encoding="utf-8"?>"#, "<dns>", "<retcode>0</retcode>", "<domainlist>",
        ]
        for domain in domains {
            let link = domain.link.map { #" link="\#($0.rawValue)""# } ?? ""
            lines.append(
                #"<domain name="\#(Markup.escape(domain.name))" timeout="\#(domain.timeout)"\#(link)>"#)
            for address in domain.addresses {
                let property = address.isMinor ? #" property="minor""# : ""
                let port = address.port.map { #" port="\#($0)""# } ?? ""
                lines.append("<ip\(property)\(port)>\(Markup.escape(address.ip))</ip>")
            }
            lines.append("</domain>")
        }
        return (lines + ["</domainlist>", "</dns>"]).joined(separator: "\n") + "\n"
    }
}
