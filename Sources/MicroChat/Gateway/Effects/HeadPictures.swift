import BotKit
import MicroChatWire

extension MicroChatGateway {
    /// Fetches the picture that a person or room shows, and says what it is. What is in the media folder already is not
    /// fetched again.
    func fetchPicture(of id: String) async throws(Calls.Failure) -> Receipt {
        let contact = try await contact(id)
        let text = contact.bigHeadURL.isEmpty ? contact.smallHeadURL : contact.bigHeadURL
        guard !text.isEmpty else { throw .unsendable("they show no picture") }
        guard let address = PictureAddress(text) else {
            throw .unsendable(
                "the address of their picture is none that is fetched: \(text.prefix(100).debugDescription)")
        }
        let store = try mediaStore()
        do {
            if let digest = address.digest,
                let known = try await store.read(digest, at: 0, count: Picture.maximumBytes + 1),
                let picture = Picture(known)
            {
                return Receipt(answer: Answer.text(Media(picture, digest: digest)))
            }
            let bytes = try await bytes(at: address.place)
            guard let picture = Picture(bytes) else {
                throw Calls.Failure.unsendable("what is there is no PNG or JPEG, or too large")
            }
            let digest = try SHA256.hex(bytes)
            guard address.digest == nil || address.digest == digest else {
                throw Calls.Failure.unsendable("what is there is another picture than the address says")
            }
            let media = Media(picture, digest: digest)
            let have = try await store.received(media)
            if have < media.size {
                _ = try await store.receive(Array(bytes.dropFirst(Int(have))), at: have, of: media)
            }
            return Receipt(answer: Answer.text(media))
        } catch let failure as Calls.Failure {
            throw failure
        } catch {
            throw .notSent("cannot keep it: \(error)")
        }
    }

    private func bytes(at place: HTTPAddress) async throws(Calls.Failure) -> [UInt8] {
        do {
            return try await pictures.get(place)
        } catch let failure as HTTPConversation.Failure where failure.isFinal {
            throw .unsendable("\(failure)")
        } catch let failure as Connector.Failure {
            throw .notSent(failure.reason)
        } catch {
            throw .notSent("\(place.endpoint) broke off: \(WayFailure(error))")
        }
    }
}

extension Media {
    fileprivate init(_ picture: Picture, digest: String) {
        self.init(
            name: picture.contentType == "image/png" ? "picture.png" : "picture.jpg",
            mimeType: picture.contentType, size: Int64(picture.bytes.count), digest: digest)
    }
}
