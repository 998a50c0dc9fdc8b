import Foundation

/// What a rules file and those that it includes say.
package struct RulesText: Sendable {
    /// The same for the same files.
    package let hash: String
    /// Their names and texts, as JSON.
    package let files: String

    init?(_ sources: [Source]) {
        guard let data = try? JSONEncoder().encode(sources.map { [$0.name, $0.text] }) else { return nil }
        files = String(decoding: data, as: UTF8.self)
        hash = Pick.fingerprint(of: files)
    }

    static func sources(_ files: String) -> [Source]? {
        guard let files = try? JSONDecoder().decode([[String]].self, from: Data(files.utf8)) else {
            return nil
        }
        return files.compactMap { $0.count == 2 ? Source(name: $0[0], text: $0[1]) : nil }
    }
}
