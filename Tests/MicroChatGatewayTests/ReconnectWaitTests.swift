import Testing

@testable import MicroChatGateway

struct ReconnectWaitTests {
    @Test func `waits grow to the last one and begin again after a login`() {
        var waits = ReconnectWaits([.seconds(5), .seconds(10), .seconds(20)])
        let failed = waits.begin()
        #expect((0..<4).map { _ in waits.next(after: failed) } == [5, 10, 20, 20].map { .seconds($0) })
        let succeeded = waits.begin()
        succeeded.succeeded()
        #expect(waits.next(after: succeeded) == .seconds(5))
        #expect(waits.next(after: failed) == .seconds(10))
    }

    @Test func `there is no wait when the machine slept or changed its network`() {
        let start = ContinuousClock.now
        var waits = ReconnectWaits([.seconds(5), .seconds(10)])
        let attempt = waits.begin()
        attempt.succeeded()
        attempt.doubted(at: start)
        #expect(waits.next(after: attempt, now: start + .seconds(11)) == .zero)
        #expect(waits.next(after: attempt, now: start + .seconds(61)) == .seconds(5))
        // A network on which nothing ever worked gets no more attempts for having changed.
        let failed = waits.begin()
        failed.doubted(at: start)
        #expect(waits.next(after: failed, now: start + .seconds(1)) == .seconds(10))
    }
}
