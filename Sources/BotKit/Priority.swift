/// What leaves first when more waits than may leave.
public enum Priority: Int, Hashable, Sendable, Codable, CaseIterable, Comparable {
    /// Before everything else.
    case high
    /// As usual.
    case normal
    /// What can wait: news for many.
    case low

    /// Its name in rules.
    public var name: String {
        switch self {
        case .high: "high"
        case .normal: "normal"
        case .low: "low"
        }
    }

    /// Orders by what leaves first.
    public static func < (left: Priority, right: Priority) -> Bool { left.rawValue < right.rawValue }
}
