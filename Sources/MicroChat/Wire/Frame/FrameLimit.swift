/// How long a frame of one link may be. Whoever holds it may raise it later, once the peer is known; like its decoder it
/// belongs to one event loop.
package final class FrameLimit {
    /// The largest total length, never above the protocol's (MicroChat wire protocol, section 4).
    package var bytes: Int { didSet { bytes = min(bytes, Frame.maximumLength) } }

    /// A limit.
    package init(_ bytes: Int) { self.bytes = min(bytes, Frame.maximumLength) }
}
