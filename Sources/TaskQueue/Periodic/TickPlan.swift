import Foundation

/// Which runs of one entry are to be enqueued now, and which are lost.
///
/// Pure. Ticks are Unix seconds.
struct TickPlan: Sendable, Equatable {
    /// What is to be enqueued, oldest first.
    let runs: [Int64]
    /// What was claimed and will not be enqueued, oldest first.
    let dropped: [Int64]

    /// Looks at all ticks that are due and not enqueued.
    ///
    /// A tick that is late by no more than `tolerance` runs. What is older falls to the policy. The cost is that of finding
    /// the ticks within the tolerance, however long nobody led.
    ///
    /// - Parameters:
    ///   - schedule: When the entry runs.
    ///   - policy: What becomes of misfires.
    ///   - last: The last tick that was claimed.
    ///   - open: Ticks that were claimed and not enqueued.
    ///   - now: The time, Unix seconds.
    ///   - tolerance: How late a tick may be, seconds.
    init(
        _ schedule: CronSchedule, _ policy: MisfirePolicy, after last: Int64, open: Set<Int64>, now: Int64,
        tolerance: Int64
    ) {
        let earliest = now - tolerance
        let late = Self.ticks(schedule, after: max(last, earliest - 1), through: now)
        let lateOpen = open.filter { $0 >= earliest }
        let oldOpen = open.subtracting(lateOpen)
        let hasOld = Self.tick(schedule, after: last).map { $0 < earliest } ?? false
        if policy == .runOnce, hasOld || !oldOpen.isEmpty {
            let newest = (late + open).max() ?? 0
            let run = late.isEmpty && hasOld ? max(newest, Self.lastTick(schedule, after: last, through: now)) : newest
            runs = [run]
            dropped = open.filter { $0 != run }.sorted()
        } else {
            runs = (late + lateOpen.subtracting(late)).sorted()
            dropped = oldOpen.sorted()
        }
    }

    private static func tick(_ schedule: CronSchedule, after second: Int64) -> Int64? {
        schedule.nextOfFleet(after: Date(timeIntervalSince1970: Double(second))).map(UnixTime.seconds)
    }

    private static func ticks(_ schedule: CronSchedule, after start: Int64, through end: Int64) -> [Int64] {
        var ticks: [Int64] = []
        var last = start
        while let next = tick(schedule, after: last), next <= end {
            ticks.append(next)
            last = next
        }
        return ticks
    }

    /// The last tick up to `end`, of which there is one after `start`: found by halving, since a schedule only looks ahead.
    private static func lastTick(_ schedule: CronSchedule, after start: Int64, through end: Int64) -> Int64 {
        var (low, high) = (start, end)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if let next = tick(schedule, after: middle), next <= end { low = middle } else { high = middle }
        }
        return tick(schedule, after: low) ?? end
    }
}
