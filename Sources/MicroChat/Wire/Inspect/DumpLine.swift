/// One line of a hex dump: an offset, bytes, and perhaps the characters that they stand for.
struct DumpLine {
    var offset: Int
    var bytes: [UInt8]
    /// `tcpdump` writes whole IP packets.
    var isTCPDump: Bool

    /// Nil if the line is not a dump's: then it is plain digits, or a remark.
    init?(_ line: Substring) {
        var rest = line.drop(while: \.isWhitespace)
        isTCPDump = rest.hasPrefix("0x")
        if isTCPDump { rest = rest.dropFirst(2) }
        let digits = rest.prefix { $0.isASCII && $0.isHexDigit }
        rest = rest.dropFirst(digits.count)
        guard (4...16).contains(digits.count), let offset = Int(digits, radix: 16) else { return nil }
        let hasColon = rest.first == ":"
        if hasColon {
            rest = rest.dropFirst()
            guard rest.first?.isWhitespace ?? true else { return nil }
        } else {
            // Plain digits may look like this too, but not with such a gap after the first group.
            guard !isTCPDump, rest.hasPrefix("  ") else { return nil }
        }
        self.offset = offset
        bytes = Self.bytes(rest.drop(while: \.isWhitespace), hasHalves: !hasColon)
    }

    /// Reads bytes up to the gap that sets the characters off.
    ///
    /// - Parameter hasHalves: a gap of two spaces may also part the first eight bytes from the rest.
    private static func bytes(_ text: Substring, hasHalves: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text
        while true {
            let group = rest.prefix { !$0.isWhitespace }
            guard !group.isEmpty, group.count.isMultiple(of: 2), group.count <= 8,
                group.allSatisfy({ $0.isASCII && $0.isHexDigit })
            else { return bytes }
            var digits = group
            while !digits.isEmpty {
                guard let byte = UInt8(digits.prefix(2), radix: 16) else { return bytes }
                bytes.append(byte)
                digits = digits.dropFirst(2)
            }
            rest = rest.dropFirst(group.count)
            let gap = rest.prefix(while: \.isWhitespace).count
            guard gap == 1 || hasHalves && gap == 2 && bytes.count == 8 else { return bytes }
            rest = rest.dropFirst(gap)
        }
    }
}

/// An IP packet with TCP in it, as `tcpdump -x` shows one.
enum IPPacket {
    /// What TCP carries; all of the bytes if they are not such a packet.
    static func payload(of packet: [UInt8]) -> ArraySlice<UInt8> {
        let whole = packet[...]
        guard let first = packet.first, packet.count >= 40 else { return whole }
        let isTCP: Bool
        let header: Int
        let total: Int
        switch first >> 4 {
        case 4:
            (isTCP, header) = (packet[9] == 6, Int(first & 15) * 4)
            total = Int(packet[2]) << 8 | Int(packet[3])
        case 6:
            (isTCP, header) = (packet[6] == 6, 40)
            total = 40 + (Int(packet[4]) << 8 | Int(packet[5]))
        default: return whole
        }
        guard isTCP, header >= 20, total <= packet.count, total >= header + 20 else { return whole }
        let start = header + Int(packet[header + 12] >> 4) * 4
        guard start >= header + 20, start <= total else { return whole }
        return packet[start..<total]
    }
}
