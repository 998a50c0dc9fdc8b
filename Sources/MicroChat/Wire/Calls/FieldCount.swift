/// How many fields a protobuf message has, without making anything of them.
enum FieldCount {
    /// Whether there are no more than `limit`. Says yes to what is no message: its decoder will find that out.
    static func isAtMost(_ limit: Int, in message: [UInt8]) -> Bool {
        // A field takes two bytes at least, so most messages need no second look.
        guard message.count / 2 > limit else { return true }
        var rest = message[...]
        for _ in 0..<limit where !skipField(&rest) { return true }
        return rest.isEmpty
    }

    /// Skips a field; false if there is none left that can be read.
    private static func skipField(_ rest: inout ArraySlice<UInt8>) -> Bool {
        guard let tag = varint(&rest) else { return false }
        switch tag & 7 {
        case 0: return varint(&rest) != nil
        case 1: return skip(8, &rest)
        case 2: return varint(&rest).map { skip($0, &rest) } ?? false
        // The two ends of a group, with fields between them.
        case 3, 4: return true
        case 5: return skip(4, &rest)
        default: return false
        }
    }

    private static func skip(_ count: UInt64, _ rest: inout ArraySlice<UInt8>) -> Bool {
        guard count <= rest.count else { return false }
        rest = rest.dropFirst(Int(count))
        return true
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
}
