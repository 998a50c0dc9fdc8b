import Engine
import Testing

struct BackoffTests {
    @Test(arguments: [(1, 1.0), (2, 2.0), (3, 4.0), (6, 32.0), (7, 60.0), (1000, 60.0)])
    func `waits double up to the most, half of them by chance`(failures: Int, full: Double) {
        let waits = Backoff(first: .seconds(1), most: .seconds(60))
        #expect(waits.delay(after: failures, random: 0) == .seconds(full / 2))
        #expect(waits.delay(after: failures, random: 1) == .seconds(full))
    }
}
