/// Random bytes fit for keys: Swift's system generator is the kernel's.
package enum Randomness {
    /// This many random bytes.
    package static func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// This many characters drawn from an alphabet, as ASCII bytes.
    package static func characters(_ count: Int, from alphabet: StaticString) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        let letters = Array("\(alphabet)".utf8)
        return (0..<count).compactMap { _ in letters.randomElement(using: &generator) }
    }
}
