// Used by one decision at a time: `RuleIndex` lends it.
/// What one message's texts were found to hold. Made once and lent again, so that a decision reserves no memory for it.
final class Scan: @unchecked Sendable {
    let scratch: Scanner.Scratch
    private var isHit: [Bool]
    private(set) var hits: [Int] = []

    init(checks: Int, scratch: Scanner.Scratch) {
        isHit = [Bool](repeating: false, count: checks)
        self.scratch = scratch
    }

    /// Notes that a text key holds.
    func hit(_ check: Int) {
        guard !isHit[check] else { return }
        isHit[check] = true
        hits.append(check)
    }

    func holds(_ check: Int) -> Bool { isHit[check] }

    func clear() {
        for check in hits { isHit[check] = false }
        hits.removeAll(keepingCapacity: true)
    }
}
