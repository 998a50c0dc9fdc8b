package import BotKit
import MicroChatWire

extension MicroChatGateway {
    /// Does each thing of a batch: messages of text in as few calls as they fit in, everything else in a call of its own.
    package func perform(_ batch: [Outgoing]) async -> [Result<Receipt, GatewayError>] {
        var results: [Int64: Result<Receipt, GatewayError>] = [:]
        await withTaskGroup { group in
            let messages = batch.compactMap(TextMessage.init)
            for part in TextMessage.requests(of: messages) {
                group.addTask { await self.send(part) }
            }
            let withText = Set(messages.map(\.number))
            for outgoing in batch where !withText.contains(outgoing.number) {
                group.addTask { [outgoing.number: await self.outcome(of: outgoing)] }
            }
            for await some in group { results.merge(some) { $1 } }
        }
        return batch.map {
            results[$0.number] ?? .failure(.unknown(reason: "the answer left this message out"))
        }
    }

    private func outcome(of outgoing: Outgoing) async -> Result<Receipt, GatewayError> {
        do throws(Calls.Failure) {
            return .success(try await perform(outgoing))
        } catch {
            return .failure(GatewayError(error))
        }
    }

    private func perform(_ outgoing: Outgoing) async throws(Calls.Failure) -> Receipt {
        let chat = outgoing.chat.rawValue
        switch outgoing.effect {
        case .send(.link(let link), _): return try await share(link, outgoing)
        case .send(.emoji(let emoji), _): return try await send(emoji, outgoing)
        case .send(.image(let media), _): return try await send(media, as: .picture, outgoing)
        case .send(.voice(let media), _): return try await send(media, as: .voice, outgoing)
        case .send(.video(let media), _): return try await send(media, as: .video, outgoing)
        case .send(.file(let media), _): return try await send(media, as: .file, outgoing)
        case .fetchMedia(let media): return try await fetch(media)
        case .send(let content, _): throw .unsendable("a message of kind \(content.kind) can't be sent")
        case .callWebhook: throw .unsendable("a webhook is not called through a chat network")
        case .recall(let message): return try await recall(message, in: chat)
        case .requestFriend(let wish): return try await requestFriend(wish)
        case .acceptFriend(let request): return try await answer(request, accepting: true)
        case .declineFriend(let request): return try await answer(request, accepting: false)
        case .setRemark(let remark):
            return try await change(chat) { $0.remark = Microchat_StringBox(remark) }
        case .setBlocked(let isBlocked):
            return try await change(chat) {
                $0.typeBits = isBlocked ? $0.typeBits | 0b1000 : $0.typeBits & ~0b1000
            }
        case .removeFriend: return try await change(chat) { $0.typeBits &= ~0b0001 }
        case .createRoom(let topic, let members): return try await createRoom(topic, members)
        case .invite(let people): return try await invite(people, to: chat)
        case .announce(let text): return try await announce(text, in: chat)
        case .renameRoom(let topic): return try await renameRoom(chat, to: topic)
        case .setOwnRoomName(let name): return try await setOwnName(name, in: chat)
        case .enterRoom(let rendezvous): return try await enterRoom(rendezvous)
        case .fetchPicture: return try await fetchPicture(of: chat)
        case .leaveRoom: return try await leaveRoom(chat)
        case .search(let query): return try await search(query)
        case .fetchContacts(let ids): return try await fetchContacts(ids)
        }
    }
}
