/// Whose turn it is among priorities: of thirteen that leave while all wait, eight are high, four normal and one is low.
/// A turn that nobody takes goes to the highest that waits.
package struct Turn: Hashable, Sendable {
    private var place = 0

    package init() {}

    private static let order = [0, 1, 0, 0, 1, 0, 2, 0, 1, 0, 0, 1, 0]

    /// Ranks in the order in which they may take this turn.
    var ranks: [Int] {
        let first = Self.order[place]
        return [first] + (0...2).filter { $0 != first }
    }

    mutating func advance() { place = (place + 1) % Self.order.count }
}
