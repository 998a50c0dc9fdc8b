/// Hands out the sequence numbers of a client's frames: 1, 2, 3 … for as long as the process lives
/// (MicroChat wire protocol, section 4.2).
package struct SequenceNumbers: Sendable {
    /// Every heartbeat of a client.
    package static let heartbeat: UInt32 = 0xFFFF_FFFF
    /// The identify frame.
    package static let identify: UInt32 = 0xFFFF_FFFE
    /// The signalling frame.
    package static let signalling: UInt32 = 0xFFFF_FFFD
    /// Frames that the server sends of its own accord.
    package static let serverInitiated: UInt32 = 0
    /// From here up, numbers have a fixed meaning.
    package static let firstReserved: UInt32 = 0xFFFF_FFF0

    private var upcoming: UInt32

    /// Starts at 1, or where a test wants it.
    package init(startingAt first: UInt32 = 1) { upcoming = first }

    /// The next number.
    package mutating func next() -> UInt32 {
        if upcoming == 0 || upcoming >= Self.firstReserved { upcoming = 1 }
        defer { upcoming += 1 }
        return upcoming
    }
}
