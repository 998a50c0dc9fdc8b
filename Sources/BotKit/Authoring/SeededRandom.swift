import Synchronization

/// Chance that can be repeated: the same seed gives the same numbers in the same order.
///
/// ```swift
/// let answer = context.random.pick(["yes", "no", "perhaps"])
/// var random = context.random
/// let order = names.shuffled(using: &random)
/// ```
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private final class State: Sendable {
        let value: Mutex<UInt64>
        init(_ seed: UInt64) { value = Mutex(seed) }
    }

    private let state: State

    package init(seed: UInt64) { state = State(seed) }

    /// The next 64 bits. Copies draw from the same row of numbers.
    public func next() -> UInt64 {
        // SplitMix64: every seed is a good one, and the state is one number.
        var mixed = state.value.withLock { value in
            value &+= 0x9E37_79B9_7F4A_7C15
            return value
        }
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A whole number of the range.
    public func number(in range: ClosedRange<Int>) -> Int {
        var generator = self
        return Int.random(in: range, using: &generator)
    }

    /// One of them; nil if there are none.
    public func pick<Item>(_ items: [Item]) -> Item? {
        var generator = self
        return items.randomElement(using: &generator)
    }
}
