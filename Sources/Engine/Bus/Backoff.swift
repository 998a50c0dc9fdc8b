/// Waits that double with each failure in a row, up to a most, with a random part so that many who failed together do
/// not come back together.
package struct Backoff: Sendable {
    package var first: Duration
    package var most: Duration

    package init(first: Duration, most: Duration) {
        self.first = first
        self.most = most
    }

    /// How long to wait after so many failures in a row: between half of the doubled wait and all of it.
    ///
    /// - Parameter random: from 0 to 1.
    package func delay(after failures: Int, random: Double = .random(in: 0..<1)) -> Duration {
        let doublings = min(max(failures - 1, 0), 32)
        let full = min(first * (1 << doublings), most)
        return full / 2 + (full / 2) * random
    }
}
