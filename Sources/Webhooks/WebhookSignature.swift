package import BotKit

/// The header `X-Conure-Signature: t=SECONDS,v1=HEX`, which proves who sent a body, and when.
///
/// `SECONDS` are those since 1970 in decimal digits. `HEX` is the HMAC-SHA-256, under the secret's UTF-8, of those
/// same digits, a full stop, and the body byte by byte. `docs/webhooks.md` shows how others make and check it.
package enum WebhookSignature {
    /// The header's name.
    package static let header = "X-Conure-Signature"

    /// How far the signer's clock may be from ours, and how long a signature can be used again.
    static let window = Duration.seconds(300)

    /// The header's value for a body sent now. Nil only if OpenSSL has no memory left.
    package static func value(for body: [UInt8], secret: WebhookSecret, now: Timestamp) -> String? {
        let seconds = String(now.seconds)
        guard let code = Digests.authenticationCode(of: signed(seconds, body), under: secret) else {
            return nil
        }
        return "t=\(seconds),v1=\(Hex.text(code))"
    }

    /// Whether the value was made for this body under this secret within the last 5 minutes. It may hold several `v1`,
    /// which is how a signer changes its secret without a gap.
    package static func isGood(_ value: String, body: [UInt8], secret: WebhookSecret, now: Timestamp) -> Bool
    {
        guard let parts = Parts(value), (now - Timestamp(seconds: parts.time)).magnitude <= window,
            let code = Digests.authenticationCode(of: signed(parts.seconds, body), under: secret)
        else { return false }
        // Each is compared, so that the time says nothing about which one it was.
        return parts.codes.map { Digests.areEqual($0, code) }.contains(true)
    }

    private static func signed(_ seconds: String, _ body: [UInt8]) -> [UInt8] {
        Array(seconds.utf8) + [UInt8(ascii: ".")] + body
    }

    /// What stands in the header.
    private struct Parts {
        /// As it was written, since this is what was signed.
        var seconds = ""
        var time: Int64 = 0
        var codes: [[UInt8]] = []

        init?(_ value: String) {
            guard value.utf8.count <= 1024 else { return nil }
            for part in value.split(separator: ",", omittingEmptySubsequences: false) {
                let part = part.drop { $0 == " " }
                if part.hasPrefix("t=") {
                    let digits = part.dropFirst(2)
                    // Twelve digits reach further than anybody's clock, and overflow nothing.
                    guard seconds.isEmpty, (1...12).contains(digits.utf8.count),
                        digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let time = Int64(digits)
                    else { return nil }
                    seconds = String(digits)
                    self.time = time
                } else if part.hasPrefix("v1=") {
                    guard let code = Hex.bytes(part.dropFirst(3)) else { return nil }
                    codes.append(code)
                }
            }
            guard !seconds.isEmpty, !codes.isEmpty else { return nil }
        }
    }
}

extension Duration {
    fileprivate var magnitude: Duration { self < .zero ? .zero - self : self }
}
