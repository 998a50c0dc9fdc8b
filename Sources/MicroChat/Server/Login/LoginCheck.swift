/// What an operator wants to see before an account may log in again (MicroChat wire protocol, section 8.3).
package enum LoginCheck: Hashable, Sendable {
    /// The password is enough.
    case none
    /// The operator, or a page of theirs, has to approve first: −106 with this address.
    case approval(url: String)
    /// A code sent by text message: −205.
    case textMessage

    /// Longer ones do not fit into what a login may answer (section 9).
    package static let maximumURL = 40

    init(kind: Int, url: String) {
        switch kind {
        case 1: self = .approval(url: url)
        case 2: self = .textMessage
        default: self = .none
        }
    }

    var kind: Int {
        switch self {
        case .none: 0
        case .approval: 1
        case .textMessage: 2
        }
    }

    var url: String {
        if case .approval(let url) = self { url } else { "" }
    }
}
