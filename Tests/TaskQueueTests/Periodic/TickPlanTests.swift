import Foundation
import Testing

@testable import TaskQueue

@Suite struct TickPlanTests {
    private func plan(
        _ spec: String, _ policy: MisfirePolicy, after last: Int64, open: Set<Int64> = [], now: Int64,
        tolerance: Int64 = 60
    ) throws -> [[Int64]] {
        let schedule = try CronSchedule(spec, allowsSeconds: true)
        let plan = TickPlan(schedule, policy, after: last, open: open, now: now, tolerance: tolerance)
        return [plan.runs, plan.dropped]
    }

    @Test func `what is due and within the tolerance runs, oldest first, whatever the policy`() throws {
        for policy in [MisfirePolicy.skip, .runOnce] {
            #expect(try plan("* * * * *", policy, after: 60, now: 119) == [[], []])
            #expect(try plan("* * * * *", policy, after: 60, now: 120) == [[120], []])
            #expect(try plan("@every 20s", policy, after: 60, now: 120) == [[80, 100, 120], []])
            #expect(try plan("@every 20s", policy, after: 100, open: [60, 80], now: 120) == [[60, 80, 120], []])
            #expect(try plan("* * * * *", policy, after: 60, now: 180, tolerance: 60) == [[120, 180], []])
            #expect(try plan("* * * * *", policy, after: 600, now: 120) == [[], []])
        }
    }

    @Test func `what is older is lost with skip, and stands in one run with run once`() throws {
        #expect(try plan("* * * * *", .skip, after: 60, now: 181, tolerance: 60) == [[180], []])
        #expect(try plan("* * * * *", .runOnce, after: 60, now: 181, tolerance: 60) == [[180], []])
        #expect(try plan("0 * * * *", .skip, after: 0, now: 9000) == [[], []])
        #expect(try plan("0 * * * *", .runOnce, after: 0, now: 9000) == [[7200], []])
        #expect(try plan("0 * * * *", .skip, after: 3600, open: [3600], now: 9000) == [[], [3600]])
        #expect(try plan("0 * * * *", .runOnce, after: 3600, open: [3600], now: 9000) == [[7200], [3600]])
        #expect(try plan("0 * * * *", .runOnce, after: 3600, open: [3600], now: 5000) == [[3600], []])
        #expect(try plan("@every 20s", .runOnce, after: 60, open: [40, 60], now: 125) == [[120], [40, 60]])
    }

    @Test func `with a tolerance of 0 a tick runs in its own second only`() throws {
        #expect(try plan("* * * * *", .skip, after: 60, now: 120, tolerance: 0) == [[120], []])
        #expect(try plan("* * * * *", .skip, after: 60, now: 121, tolerance: 0) == [[], []])
    }

    @Test func `years without a leader cost no more than the tolerance`() throws {
        let now: Int64 = 1_893_456_000
        #expect(try plan("* * * * * *", .runOnce, after: 0, now: now) == [[now], []])
        #expect(try plan("* * * * * *", .skip, after: 0, now: now, tolerance: 3600)[0].count == 3601)
        #expect(try plan("0 0 1 1 *", .runOnce, after: 0, now: now + 86_400) == [[now], []])
    }
}
