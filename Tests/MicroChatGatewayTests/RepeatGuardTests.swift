import Testing

@testable import MicroChatGateway

struct RepeatGuardTests {
    let start = ContinuousClock.now

    @Test func `the 106th identical request within the hour is refused, and others are not`() {
        var repeats = RepeatGuard(now: start)
        for _ in 1...105 { #expect(repeats.count(1, at: start) == nil) }
        #expect(repeats.count(1, at: start + .seconds(600)) == .seconds(3000))
        #expect(repeats.count(2, at: start + .seconds(600)) == nil)
    }

    @Test func `an idle bot that looks every 90 seconds is never refused`() {
        var repeats = RepeatGuard(now: start)
        for second in stride(from: 0, to: 86_400, by: 90) {
            #expect(repeats.count(1, at: start + .seconds(second)) == nil)
        }
    }

    @Test func `what was seen often and lately has six tries in the next hour`() {
        var repeats = RepeatGuard(now: start)
        let busy = start + .seconds(3500)
        for _ in 1...200 { _ = repeats.count(1, at: busy) }
        for _ in 1...75 { _ = repeats.count(2, at: busy) }
        for _ in 1...74 { _ = repeats.count(3, at: busy) }
        for _ in 1...105 { _ = repeats.count(4, at: start) }
        let next = start + .seconds(3600)
        let allowed = [1, 2, 3, 4].map { (sum: UInt32) in
            (1...200).count { _ in repeats.count(sum, at: next) == nil }
        }
        #expect(allowed == [6, 30, 105, 105])
    }

    @Test func `the request that was not seen for longest makes room`() {
        var repeats = RepeatGuard(now: start)
        for sum in 0..<30 as Range<UInt32> {
            for _ in 1...105 { _ = repeats.count(sum, at: start + .seconds(Int(sum))) }
        }
        #expect(repeats.count(0, at: start + .seconds(60)) != nil)
        #expect(repeats.count(100, at: start + .seconds(60)) == nil)
        #expect(repeats.count(1, at: start + .seconds(60)) == nil)
        #expect(repeats.count(0, at: start + .seconds(60)) != nil)
    }

    @Test func `what did not reach the server does not count`() {
        var repeats = RepeatGuard(now: start)
        for _ in 1...1000 {
            #expect(repeats.count(1, at: start) == nil)
            repeats.takeBack(1)
        }
    }

    @Test func `sums are Adler-32`() {
        #expect(adler32([]) == 1)
        #expect(adler32(Array("Wikipedia".utf8)) == 0x11E6_0398)
        #expect(adler32([UInt8](repeating: 0xFF, count: 100_000)) == 0x149A_302C)
    }
}
