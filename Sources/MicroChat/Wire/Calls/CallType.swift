/// A call's type number, in the packet header (MicroChat wire protocol, section 14).
///
/// A server dispatches by path or command and accepts any number here.
package struct CallType: RawRepresentable, Hashable, Sendable {
    /// The number on the wire.
    package let rawValue: UInt32

    /// Any call.
    package init(rawValue: UInt32) { self.rawValue = rawValue }
}
