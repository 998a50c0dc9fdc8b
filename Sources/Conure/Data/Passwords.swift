import Foundation

/// The passwords that Conure drew itself, one file a person with mode 0600.
struct Passwords {
    let folder: DataFolder

    /// Where a person's password is kept, if it is.
    func path(of name: String) -> String { folder.passwords + "/" + name }

    /// The password kept for a person.
    func password(of name: String) -> String? {
        guard !name.contains("/"), let text = try? String(contentsOfFile: path(of: name), encoding: .utf8)
        else {
            return nil
        }
        return text.trimmingCharacters(in: .newlines)
    }

    /// The password kept for a person, a new random one if there is none.
    func draw(for name: String) throws -> String {
        if let password = password(of: name) { return password }
        try FileManager.default.createDirectory(
            atPath: folder.passwords, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789")
        let password = String((0..<20).compactMap { _ in alphabet.randomElement(using: &generator) })
        try PrivateFile.write(password + "\n", to: path(of: name))
        return password
    }

    /// Forgets a person's password.
    func remove(_ name: String) {
        guard !name.contains("/") else { return }
        try? FileManager.default.removeItem(atPath: path(of: name))
    }

    /// A password from a file, `-` for standard input: its first line.
    static func read(_ path: String) throws -> String {
        let text: String
        if path == "-" {
            text = readLine(strippingNewline: true) ?? ""
        } else {
            do {
                text = try String(contentsOfFile: path, encoding: .utf8)
            } catch {
                throw Failure("cannot read the password file \(path): \(error.localizedDescription)")
            }
        }
        let password = String(text.prefix { !$0.isNewline })
        guard !password.isEmpty else { throw Failure("the password file \(path) begins with an empty line") }
        return password
    }
}
