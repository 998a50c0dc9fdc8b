import FoundationEssentials
import SwiftProtobuf

/// A protobuf message as JSON: its own field names, bytes in base64 as protobuf's JSON has them.
///
/// What the protocol wraps in bytes is opened: sync items by their kind, sync keys, the text of an outgoing message.
/// Keys, passwords and login tickets are left out, since a dump is made to be shown to others.
enum MessageInspection {
    private static let secrets: Set<String> = [
        "session_key", "client_key", "auto_auth_key", "notify_key", "password_md5", "password_md5_again",
        "password_token", "db_key", "sms_ticket", "auth_ticket", "verify_code",
    ]

    /// Reads a plaintext as a message of a type.
    static func json(_ type: any Message.Type, plaintext: [UInt8]) throws(WireError) -> InspectedValue {
        let message = try type.init(plaintext: plaintext)
        var json = try withoutSecrets(plain(message))
        switch message {
        case let message as Microchat_SyncRequest:
            if message.hasOperations { json["operations"] = try list(message.operations) }
            if message.hasSyncKey { json["sync_key"] = key(message.syncKey) }
        case let message as Microchat_SyncResponse:
            if message.hasItems { json["items"] = try list(message.items) }
            if message.hasSyncKey { json["sync_key"] = key(message.syncKey) }
        case let message as Microchat_InitRequest:
            if message.hasCurrentKey { json["current_key"] = key(message.currentKey) }
            if message.hasMaxKey { json["max_key"] = key(message.maxKey) }
        case let message as Microchat_InitResponse:
            if message.hasCurrentKey { json["current_key"] = key(message.currentKey) }
            if message.hasMaxKey { json["max_key"] = key(message.maxKey) }
            json["items"] = try items(message.items)
        case let message as Microchat_OperationRequest:
            if message.hasOperations { json["operations"] = try list(message.operations) }
        case let message as Microchat_SendMessageRequest:
            var messages: [InspectedValue] = []
            for outgoing in message.messages {
                var fields = try plain(outgoing)
                if let text = String(validating: outgoing.content, as: UTF8.self) {
                    fields["content"] = .string(text)
                }
                messages.append(fields)
            }
            json["messages"] = .list(messages)
        default: break
        }
        return json
    }

    /// A sync key's values, kind by kind (section 11.1).
    static func entries(of key: SyncKey) -> InspectedValue {
        .list(key.entries.map { ["kind": .init($0.kind), "value": .init($0.value)] })
    }

    private static func key(_ envelope: Data) -> InspectedValue {
        guard let key = try? SyncKey(envelope: Array(envelope)) else { return .init(hex: envelope) }
        return entries(of: key)
    }

    private static func list(_ list: Microchat_SyncItemList) throws(WireError) -> InspectedValue {
        ["count": .init(list.count), "items": try items(list.items)]
    }

    /// Items with their payloads opened (sections 11.2 and 14.9); one that is of another shape stays bytes.
    private static func items(_ items: [Microchat_SyncItem]) throws(WireError) -> InspectedValue {
        var values: [InspectedValue] = []
        for item in items {
            var value: InspectedValue = ["kind": .init(item.kind)]
            let payload = item.payload.bytes
            if let (name, type) = shapes[item.kind], let message = try? type.init(plaintext: payload) {
                value["name"] = .string(name)
                value["payload"] = try withoutSecrets(plain(message))
            } else {
                value["payload"] = .init(hex: payload)
            }
            values.append(value)
        }
        return .list(values)
    }

    private static let shapes: [Int32: (String, any Message.Type)] = [
        1: ("profile", Microchat_SelfProfile.self),
        2: ("contact", Microchat_Contact.self),
        4: ("contact removal", Microchat_ContactRemoval.self),
        5: ("message", Microchat_ChatMessage.self),
        27: ("room topic", Microchat_RoomTopicChange.self),
        48: ("room nick name", Microchat_RoomNickNameChange.self),
    ]

    private static func plain(_ message: any Message) throws(WireError) -> InspectedValue {
        var options = JSONEncodingOptions()
        options.preserveProtoFieldNames = true
        do {
            let json: [UInt8] = try message.jsonUTF8Bytes(options: options)
            var value = try JSONDecoder().decode(InspectedValue.self, from: Data(json))
            let unknown = message.unknownFields.data
            if !unknown.isEmpty { value["unknown_fields"] = .init(hex: unknown) }
            return value
        } catch {
            throw .message
        }
    }

    private static func withoutSecrets(_ value: InspectedValue) -> InspectedValue {
        switch value {
        case .object(let members):
            .object(
                Dictionary(
                    uniqueKeysWithValues: members.map { name, member in
                        (name, secrets.contains(name) ? "redacted" : withoutSecrets(member))
                    }))
        case .list(let members): .list(members.map(withoutSecrets))
        default: value
        }
    }
}
