extension Reading {
    /// The time between two at a rate such as `20 per second`, `1 per 1.5s`.
    func interval(_ node: Node) -> Duration? {
        guard let text = text(node) else { return nil }
        let words = text.split(separator: " ")
        if words.count == 3, words[1] == "per", let count = wholeNumber(words[0]),
            (1...1_000_000).contains(count),
            let unit = unit(words[2])
        {
            let interval = unit / count
            if interval >= .microseconds(1) { return interval }
        }
        error(
            "\(quoted(text)) is not a rate, expected one such as 20 per second or 1 per 1.5s",
            at: node.position)
        return nil
    }

    func unit(_ text: Substring) -> Duration? {
        switch text {
        case "second": .seconds(1)
        case "minute": .seconds(60)
        case "hour": .seconds(3600)
        case "day": .seconds(86_400)
        default: duration(text)
        }
    }
}

/// A length of time such as `90s`, `1.5s`, `1h30m`, `3d`; nil if it is not one or longer than ten years.
package func duration(_ text: Substring) -> Duration? {
    var rest = text
    var sum = 0
    while !rest.isEmpty {
        let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        rest = rest.dropFirst(number.count)
        guard let unit = rest.popFirst(), let seconds = ["s": 1, "m": 60, "h": 3600, "d": 86_400][unit] else {
            return nil
        }
        let limit = 3660 * 86_400 * 1_000_000
        guard let millionths = millionths(number), millionths <= limit / seconds else { return nil }
        sum += millionths * seconds
        guard sum <= limit else { return nil }
    }
    return sum > 0 ? .microseconds(sum) : nil
}

/// A decimal number, times a million.
private func millionths(_ text: Substring) -> Int? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let first = parts.first, !first.isEmpty, first.utf8.count <= 9 else { return nil }
    guard let whole = wholeNumber(first) else { return nil }
    guard parts.count == 2 else { return whole * 1_000_000 }
    guard (1...6).contains(parts[1].utf8.count) else { return nil }
    let digits = parts[1] + String(repeating: "0", count: 6 - parts[1].utf8.count)
    return wholeNumber(digits).map { whole * 1_000_000 + $0 }
}
