/// Why an account could not be added or removed.
package enum AccountError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A name has other characters, or another length, than names have.
    case badName(String)
    /// Another account has the name.
    case nameTaken(String)
    /// No account has the name that is to be a friend.
    case unknownFriend(String)
    /// No account has the name.
    case unknownAccount(String)

    /// No phone number, or another account's.
    case badMobile(String)
    /// Too long to be answered to a login.
    case urlTooLong(String)

    package var description: String {
        switch self {
        case .badName(let name):
            "'\(name)' cannot be a name: use 1 to 32 of the characters a-z, 0-9, '.', '_' and '-'"
        case .nameTaken(let name): "the name '\(name)' is taken"
        case .unknownFriend(let name): "there is no account '\(name)' to be friends with"
        case .unknownAccount(let name): "there is no account '\(name)'"
        case .badMobile(let number): "'\(number)' is no phone number, or another account's"
        case .urlTooLong(let url):
            "'\(url)' is longer than \(LoginCheck.maximumURL) bytes, which is all that a login can answer"
        }
    }
}
