import BotKit
import Foundation
import MicroChatWire

/// A gateway's memory in which nothing can be read, changed or put elsewhere without the key: it holds sessions.
struct SealedMemory: GatewayMemory {
    let account: AccountID
    let memory: any GatewayMemory
    let key: SealingKey

    /// What does not open counts as nothing: it was sealed with another key, or is damaged, and costs a login.
    func load(_ name: String) async throws -> [UInt8]? {
        guard let sealed = try await memory.load(name) else { return nil }
        return try? key.open(sealed, context: context(name))
    }

    func save(_ bytes: [UInt8]?, as name: String) async throws {
        try await memory.save(bytes.map { try key.seal($0, context: context(name)) }, as: name)
    }

    /// Where the bytes belong. No account's name holds a NUL.
    private func context(_ name: String) -> [UInt8] {
        Array("\(account)".utf8) + [0] + Array(name.utf8)
    }
}

extension SealingKey {
    /// The key of a data folder, made at its first start.
    init(in folder: DataFolder) throws {
        let path = folder.memoryKey
        guard FileManager.default.fileExists(atPath: path) else {
            self = .random()
            try PrivateFile.write(bytes.map(Self.digits).joined() + "\n", to: path)
            return
        }
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw Failure("cannot read \(path): \(error.localizedDescription)")
        }
        guard
            let key = try? SealingKey(bytes: Self.bytes(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        else {
            throw Failure(
                "\(path) should hold \(2 * SealingKey.length) hex digits: remove it, and the bot logs in anew with a new one"
            )
        }
        self = key
    }

    private static func digits(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }

    /// No bytes if the text is not hex.
    private static func bytes(_ text: String) -> [UInt8] {
        let values = text.compactMap(\.hexDigitValue)
        guard values.count == text.count, values.count.isMultiple(of: 2) else { return [] }
        return stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
    }
}
