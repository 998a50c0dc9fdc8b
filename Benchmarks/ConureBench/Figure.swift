/// One measured figure: the median of some runs, with the least and the most.
struct Figure {
    var what: String
    var unit: String
    var values: [Double]

    var row: String {
        let sorted = values.sorted()
        guard let least = sorted.first, let most = sorted.last else { return "| \(what) | – | – |" }
        return
            "| \(what) | \(Self.text(sorted[sorted.count / 2])) \(unit) | \(Self.text(least)) – \(Self.text(most)) |"
    }

    private static func text(_ value: Double) -> String {
        if value >= 1000 {
            var digits = String(Int(value.rounded()))
            var position = digits.count - 3
            while position > 0 {
                digits.insert(",", at: digits.index(digits.startIndex, offsetBy: position))
                position -= 3
            }
            return digits
        }
        let tenths = Int((value * 100).rounded())
        return "\(tenths / 100).\(tenths % 100 < 10 ? "0" : "")\(tenths % 100)"
    }
}

/// How often a second `body` does something, over five runs after a warm-up.
///
/// - Parameter count: how many things one call does.
func rate(_ what: String, per count: Int, runs: Int = 5, _ body: () async throws -> Void) async throws
    -> Figure
{
    var values: [Double] = []
    for run in 0...runs {
        let time = try await ContinuousClock().measure { try await body() }
        if run > 0 { values.append(Double(count) / (time / .seconds(1))) }
    }
    return Figure(what: what, unit: "a second", values: values)
}
