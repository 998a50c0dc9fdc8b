/// One thing on its way out, as the outbox hands it to a gateway.
public struct Outgoing: Hashable, Sendable {
    /// Its number in the outbox.
    public var number: Int64
    /// What the network knows repetitions by: drawn when the row was written, the same at every attempt
    /// until the network itself says that none had an effect.
    public var clientID: ClientMessageID
    /// Where it goes.
    public var chat: ChatID
    /// What it says.
    public var content: Content

    /// One thing on its way out.
    public init(number: Int64, clientID: ClientMessageID, chat: ChatID, content: Content) {
        self.number = number
        self.clientID = clientID
        self.chat = chat
        self.content = content
    }
}

/// The sender's own name for a message. A network that sees it again does not deliver again.
public struct ClientMessageID: Hashable, Sendable {
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

/// A network's word that it took a message.
public struct Receipt: Hashable, Sendable {
    /// What the network calls the message.
    public var serverID: String

    /// A network's word that it took a message.
    public init(serverID: String) { self.serverID = serverID }
}
