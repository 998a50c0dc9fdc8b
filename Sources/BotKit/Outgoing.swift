/// One thing on its way out, as the outbox hands it to a gateway.
public struct Outgoing: Hashable, Sendable {
    /// Its number in the outbox.
    public var number: Int64
    /// What the network knows repetitions by: drawn when the row was written, the same at every attempt
    /// until the network itself says that none had an effect.
    public var clientID: ClientMessageID
    /// The chat, person or room that it concerns; `ChatID.none` if it concerns none.
    public var chat: ChatID
    /// What is to happen.
    public var effect: Effect

    /// One thing on its way out.
    public init(number: Int64, clientID: ClientMessageID, chat: ChatID, effect: Effect) {
        self.number = number
        self.clientID = clientID
        self.chat = chat
        self.effect = effect
    }
}

/// The sender's own name for a message. A network that sees it again does not deliver again.
public struct ClientMessageID: Hashable, Sendable, Codable {
    /// When the message was decided, in seconds since 1970.
    public var seconds: UInt32
    /// Tells messages of the same second apart.
    public var number: UInt32

    /// The sender's own name for a message.
    public init(seconds: UInt32, number: UInt32) {
        self.seconds = seconds
        self.number = number
    }
}

/// A network's word that it did what it was asked.
public struct Receipt: Hashable, Sendable {
    /// What the network calls the message; empty if there is none.
    public var serverID: String
    /// What else the network answered, as JSON (`FoundPerson`, `CreatedRoom`, …); empty if nothing.
    public var answer: String

    /// A network's word that it did what it was asked.
    public init(serverID: String = "", answer: String = "") {
        self.serverID = serverID
        self.answer = answer
    }
}
