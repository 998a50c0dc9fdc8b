import BotKit
import Engine
import Foundation
import MicroChatServer

/// What a person reads when the bot starts.
struct Banner {
    let server: MicroChatServer?
    let file: RulesFile
    let rulesPath: String
    let folder: DataFolder
    let webhooks: WebhookOptions

    func print() async throws {
        let count = file.rules.count
        var lines = [
            "Conure \(Conure.version): \(count) rule\(count == 1 ? "" : "s") from \(rulesPath), data in \(folder.path)"
        ]
        if let server {
            lines.append("  long link   \(server.longLink)")
            lines.append("  short link  \(server.shortLink)")
            lines.append("  addresses   \(server.nameServiceURL)")
            if let pin = server.certificatePin { lines.append("  tls         pin:\(pin)") }
        }
        if !file.entrances.isEmpty, webhooks.webhookPort != 0 {
            lines.append("  webhooks    http://\(webhooks.webhookHost):\(webhooks.webhookPort)")
        }
        let people = try await server?.accounts.list() ?? []
        for account in file.accounts {
            switch account.server {
            case .embedded:
                let person = people.first { $0.name == account.user }
                let friends = person?.friends.joined(separator: ", ") ?? ""
                lines.append("  bot         \(account.user) (\(person?.wxid ?? "")), friends: \(friends)")
            case .external(let external):
                let places = external.longLinks.map(\.description)
                let links = (places.isEmpty ? [external.nameService?.description ?? ""] : places)
                    .joined(separator: ", ")
                lines.append("  bot         \(account.user) on \(links)")
            }
        }
        if people.contains(where: { $0.name == Residents.me }) {
            let data = folder.path == ".conure" ? "" : " --data \(folder.path)"
            lines.append(
                "Say hello: in a second terminal, run  scripts/run chat  (or: conure chat --as \(Residents.me)\(data))"
            )
        }
        Swift.print(lines.joined(separator: "\n"))
        flushOutput()
    }
}

/// Shows at once what was printed, also when it goes into a file or a pipe.
func flushOutput() { fflush(nil) }
