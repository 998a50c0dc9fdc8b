import BotKit
import Foundation
import TestProcesses
import Testing

@testable import Engine

/// Compares with `oracle.py`, which finds the same moments by other means.
struct `Schedules and an oracle` {
    @Test(
        .enabled(
            if: Oracle.isThere,
            "needs /usr/bin/python3 and the Debian package python3-croniter, which scripts/test installs"))
    func `agree over ten years and eleven zones, whatever clocks do`() throws {
        var strange: Set<Substring> = []
        var agreed = 0
        for line in try Oracle.lines() {
            let parts = line.split(separator: ";", omittingEmptySubsequences: false)
            try #require(parts.count == 6)
            let zone = try #require(TimeZone(identifier: String(parts[1])))
            let after = try #require(Int64(parts[3]))
            let until = try #require(Int64(parts[4]))
            let expected = parts[5].split(separator: " ").compactMap { Int64($0) }
            if parts[0] == "offsets" {
                // The two may know different editions of the world's time zones: then there is nothing to compare.
                if expected != offsets(of: zone, from: after, until: until) { strange.insert(parts[1]) }
                continue
            }
            if strange.contains(parts[1]) { continue }
            let schedule = try schedule(parts[0], String(parts[2]), zone)
            var found: [Int64] = []
            var now = Timestamp(seconds: after)
            while let next = schedule.next(after: now), next.seconds <= until {
                try #require(next > now, "\(line.prefix(60)) stands still")
                found.append(next.seconds)
                now = next
            }
            if found != expected {
                let place = zip(found, expected).first { $0 != $1 }
                Issue.record(
                    "\(line.prefix(60)): \(found.count) moments for \(expected.count), \(String(describing: place))"
                )
            }
            probe(schedule, expected, from: after, line.prefix(60))
            agreed += 1
        }
        #expect(agreed > 350 && strange.count < 6, "\(strange) differ in TimeZone and zoneinfo")
    }

    /// From anywhere in between, the next is the next.
    private func probe(_ schedule: Schedule, _ expected: [Int64], from after: Int64, _ name: Substring) {
        guard expected.count > 1 else { return }
        for number in stride(from: 1, to: expected.count, by: max(1, expected.count / 20)) {
            let (last, next) = (expected[number - 1], expected[number])
            for share in [0, 1, 2, 3] as [Int64] {
                let now = Timestamp(
                    microseconds: last * 1_000_000 + (next - last) * 1_000_000 / 4 * share + share)
                let found = schedule.next(after: now)?.seconds
                if found != next {
                    Issue.record("\(name): after \(now.seconds) comes \(next), not \(found ?? -1)")
                }
            }
        }
    }

    private func schedule(_ kind: Substring, _ text: String, _ zone: TimeZone) throws -> Schedule {
        switch kind {
        case "cron":
            let cron = try Cron(text)
            return Schedule(.calendar(cron.times, cron.days), timezone: zone)
        case "at":
            let parts = text.split(separator: "|", omittingEmptySubsequences: false)
            let minutes = parts[0].split(separator: " ").compactMap { clock in
                let numbers = clock.split(separator: ":").compactMap { Int($0) }
                return numbers.count == 2 ? numbers[0] * 60 + numbers[1] : nil
            }
            let names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
            let days = parts[1].split(separator: " ").compactMap { names.firstIndex(of: String($0)) }
            var daysOfYear = DaysOfYear()
            if !days.isEmpty { daysOfYear.weekdays = days.reduce(0) { $0 | 1 << UInt64($1) } }
            return Schedule(.calendar(TimesOfDay(minutes: minutes), daysOfYear), timezone: zone)
        default:
            return Schedule(.every(.seconds(try #require(Int(text)))), timezone: zone)
        }
    }

    private func offsets(of zone: TimeZone, from: Int64, until: Int64) -> [Int64] {
        stride(from: from, to: until, by: 6 * 3600).map { WallTime(zone: zone).offset(at: $0) }
    }
}

private enum Oracle {
    private static let python = URL(fileURLWithPath: "/usr/bin/python3")

    /// Whether the machine has what the oracle needs.
    static let isThere = (try? run(["-c", "import croniter, zoneinfo"])) == 0

    static func lines() throws -> [Substring] {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "oracle.py")
        let output = FileManager.default.temporaryDirectory.appendingPathComponent(
            "oracle-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: output) }
        #expect(try run([script.path, output.path]) == 0)
        return try String(contentsOf: output, encoding: .utf8).split(separator: "\n")
    }

    private static func run(_ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = python
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try StartingProcesses.run(process)
        process.waitUntilExit()
        return process.terminationStatus
    }
}
