/// One of an account's devices. An account has one of each kind at most; a second of the same kind takes its place.
struct Device: Hashable, Sendable {
    let uin: Int32
    let slot: DeviceSlot
}

/// The kinds of devices, each of which an account may be logged in on at the same time
/// (docs/protocol-extensions.md, "More than one device").
enum DeviceSlot: Int, CaseIterable, Sendable {
    case phone, pad, computer

    private static let words: [(String, DeviceSlot)] = [
        ("pad", .pad), ("tablet", .pad), ("phone", .phone), ("android", .phone), ("windows", .computer),
        ("mac", .computer), ("linux", .computer), ("desktop", .computer),
    ]

    /// The slot of a device that calls itself this at login (MicroChat wire protocol, section 8.1).
    init(deviceType: some Collection<UInt8>) {
        // The words are short, and a name that is longer than this is no name.
        let type = String(decoding: deviceType.prefix(64), as: UTF8.self).lowercased()
        self = Self.words.first { type.contains($0.0) }?.1 ?? .phone
    }
}
