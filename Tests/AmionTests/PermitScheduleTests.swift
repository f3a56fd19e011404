import Testing

@testable import Amion

/// Domain 5.6, without a clock: each request is ended after a latency in simulated time.
@Suite struct PermitScheduleTests {
    /// The starts of so many requests that each take a while and of which those named are throttled when they end.
    private func starts(
        _ count: Int, policy: RatePolicy, latency: Duration, halvingAfter throttled: Set<Int> = []
    ) -> [(lane: Int, start: Duration)] {
        var schedule = PermitSchedule(policy: policy)
        var now = Duration.zero
        var starts: [(lane: Int, start: Duration)] = []
        var running: [(number: Int, lane: Int, end: Duration)] = []
        while starts.count < count {
            let firstEnd = running.map(\.end).min()
            switch schedule.ask(now: now) {
            case .start(let lane):
                running.append((starts.count, lane, now + latency))
                starts.append((lane, now))
                continue
            case .wait(let moment): now = min(moment, firstEnd ?? moment)
            case .noLane: now = firstEnd ?? now
            }
            for ended in running where ended.end <= now {
                if throttled.contains(ended.number) { schedule.throttle(quietUntil: now) }
                schedule.release(lane: ended.lane)
            }
            running.removeAll { $0.end <= now }
        }
        return starts
    }

    private func milliseconds(_ starts: [(lane: Int, start: Duration)]) -> [Int] {
        starts.map { Int($0.start / .milliseconds(1)) }.sorted()
    }

    @Test func `per lane the first five start at once and the next five a second later`() {
        let starts = starts(12, policy: RatePolicy(), latency: .milliseconds(150))
        #expect(milliseconds(starts) == [0, 0, 0, 0, 0, 1000, 1000, 1000, 1000, 1000, 2000, 2000])
    }

    @Test func `over all lanes starts are a second apart`() {
        let starts = starts(12, policy: RatePolicy(scope: .global), latency: .milliseconds(150))
        #expect(milliseconds(starts) == (0..<12).map { $0 * 1000 })
    }

    @Test(arguments: [RatePolicy.Scope.perLane, .global], [10, 150, 999, 1000, 1700, 7300])
    func `a lane never starts twice within the interval, whatever the latency`(scope: RatePolicy.Scope, latency: Int) {
        let all = starts(40, policy: RatePolicy(scope: scope), latency: .milliseconds(latency))
        for lane in 0..<5 {
            let own = all.filter { $0.lane == lane }.map(\.start).sorted()
            #expect(zip(own, own.dropFirst()).allSatisfy { $1 - $0 >= .seconds(1) })
            #expect(zip(own, own.dropFirst()).allSatisfy { $1 - $0 >= .milliseconds(latency) })
        }
        if scope == .global {
            let sorted = all.map(\.start).sorted()
            #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $1 - $0 >= .seconds(1) })
        }
    }

    @Test func `there are never more requests in flight than lanes`() {
        var schedule = PermitSchedule(policy: RatePolicy(lanes: 3))
        let verdicts = (0..<5).map { _ in schedule.ask(now: .zero) }
        #expect(verdicts == [.start(lane: 0), .start(lane: 1), .start(lane: 2), .noLane, .noLane])
    }

    @Test func `a lane that was idle for long starts at once, but not twice`() {
        var schedule = PermitSchedule(policy: RatePolicy(lanes: 1))
        #expect(schedule.ask(now: .seconds(100)) == .start(lane: 0))
        schedule.release(lane: 0)
        #expect(schedule.ask(now: .milliseconds(100_100)) == .wait(until: .seconds(101)))
        #expect(schedule.ask(now: .milliseconds(100_999)) == .wait(until: .seconds(101)))
        #expect(schedule.ask(now: .seconds(101)) == .start(lane: 0))
    }

    @Test(arguments: [RatePolicy.Scope.perLane, .global])
    func `one who asks late gets no more than one who asks in time`(scope: RatePolicy.Scope) {
        // Nobody holds a permit for later, so those who wait and all oversleep cannot start together.
        var schedule = PermitSchedule(policy: RatePolicy(lanes: 2, scope: scope))
        for lane in 0..<2 where schedule.ask(now: .zero) == .start(lane: lane) { schedule.release(lane: lane) }
        let late = (0..<10).map { _ in schedule.ask(now: .seconds(30)) }
        let started = late.filter { if case .start = $0 { true } else { false } }
        #expect(started.count == (scope == .global ? 1 : 2))
        #expect(late.last == (scope == .global ? .wait(until: .seconds(31)) : .noLane))
    }

    @Test func `nothing starts before the server's wish is over, in whatever lane`() {
        var schedule = PermitSchedule(policy: RatePolicy(lanes: 4))
        #expect(schedule.ask(now: .zero) == .start(lane: 0))
        schedule.throttle(quietUntil: .seconds(7))
        schedule.throttle(quietUntil: .seconds(3))
        #expect(schedule.ask(now: .seconds(2)) == .noLane)
        schedule.release(lane: 0)
        #expect(schedule.ask(now: .milliseconds(6999)) == .wait(until: .seconds(7)))
        #expect(schedule.ask(now: .seconds(7)) == .start(lane: 0))
    }

    @Test func `halving leaves 5, 2 and then 1 lane, never none`() {
        var schedule = PermitSchedule(policy: RatePolicy())
        for (round, lanes) in [2, 1, 1, 1].enumerated() {
            schedule.throttle(quietUntil: .zero)
            let verdicts = (0..<5).map { _ in schedule.ask(now: .seconds(1000 * (round + 1))) }
            #expect(verdicts.filter { $0 == .noLane }.count == 5 - lanes)
            for lane in 0..<lanes { schedule.release(lane: lane) }
        }
    }

    @Test func `half the lanes also make half the starts`() {
        // Requests end at once, so only the interval of each open lane holds them back.
        let all = starts(20, policy: RatePolicy(), latency: .milliseconds(1), halvingAfter: [0])
        let later = all.map(\.start).filter { $0 >= .seconds(1) }.sorted()
        for second in 1...4 {
            let within = later.filter { $0 >= .seconds(second) && $0 < .seconds(second + 1) }
            #expect(within.count == 2)
        }
    }

    @Test func `after halving, those still in flight count until they end`() {
        var schedule = PermitSchedule(policy: RatePolicy(lanes: 4))
        for lane in 0..<4 { #expect(schedule.ask(now: .zero) == .start(lane: lane)) }
        schedule.throttle(quietUntil: .zero)
        for lane in [3, 0, 1] {
            #expect(schedule.ask(now: .seconds(5)) == .noLane)
            schedule.release(lane: lane)
        }
        #expect(schedule.ask(now: .seconds(5)) == .start(lane: 0))
        #expect(schedule.ask(now: .seconds(5)) == .noLane)
    }

    @Test func `the policy has a name and safe bounds`() {
        #expect(RatePolicy().description == "perLane:5:1000ms")
        #expect(RatePolicy(lanes: 2, interval: .milliseconds(250), scope: .global).description == "global:2:250ms")
        #expect(RatePolicy(lanes: 0, interval: .seconds(-1)).description == "perLane:1:0ms")
        #expect(RatePolicy(nil).description == "perLane:5:1000ms")
        #expect(RatePolicy(nil, scope: "global").description == "global:5:1000ms")
    }
}
