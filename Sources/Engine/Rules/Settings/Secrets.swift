import Foundation

/// Answers `secrets.NAME`.
package protocol SecretSource: Sendable {
    /// The secret of that name; nil if there is none.
    func secret(_ name: String) -> String?
}

/// Something that must not be shown. It describes itself as dots, also to a debugger's dump.
package struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    package let value: String

    package init(_ value: String) { self.value = value }

    package var description: String { "•••" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// `CONURE_SECRET_NAME` of the environment, else `NAME` of the data folder's `secrets.yaml`.
package struct EnvironmentSecrets: SecretSource, CustomStringConvertible, CustomReflectable {
    private let environment: [String: String]
    private let file: [String: String]

    /// Reads `secrets.yaml` if there is one.
    ///
    /// - Throws: if it is not a flat map of texts, or if others than its owner may read it.
    package init(
        dataFolder: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(RulesFileError) {
        self.environment = environment
        let path = dataFolder + "/secrets.yaml"
        guard FileManager.default.fileExists(atPath: path) else {
            file = [:]
            return
        }
        file = try Self.read(path)
    }

    package func secret(_ name: String) -> String? {
        let spelled = name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        return environment["CONURE_SECRET_" + String(spelled)] ?? file[name]
    }

    package var description: String { "secrets" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    private static func read(_ path: String) throws(RulesFileError) -> [String: String] {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue ?? 0o777
        if mode & 0o077 != 0 {
            throw RulesFileError(findings: [
                Finding(
                    file: path, position: nil,
                    message: "others than its owner may read this file, run: chmod 600 \(path)")
            ])
        }
        let source = try Source(readingFrom: path, showsLines: false)
        let reading = Reading(source: source, secrets: NoSecrets())
        var secrets: [String: String] = [:]
        for entry in reading.root().map({ reading.entries($0, of: "texts") }) ?? [] {
            secrets[entry.key] = reading.text(entry.value)
        }
        try reading.throwFindings()
        return secrets
    }
}

/// There are no secrets.
package struct NoSecrets: SecretSource {
    package init() {}
    package func secret(_ name: String) -> String? { nil }
}

extension Reading {
    /// A text that is better not written here: `secrets.NAME` stands for it.
    func secretText(_ node: Node) -> Secret? {
        guard let name = node.reference("secrets") else { return text(node).map(Secret.init) }
        if let value = secrets.secret(name) { return Secret(value) }
        let variable = "CONURE_SECRET_" + name.uppercased().replacing("-", with: "_")
        error(
            "there is no secret \(quoted(name)), set \(variable) or add it to secrets.yaml in the data folder",
            at: node.position)
        return nil
    }
}
