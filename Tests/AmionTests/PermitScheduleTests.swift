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
        var running: [(number: Int, permit: PermitSchedule.Permit)] = []
        while starts.count < count {
            if let permit = schedule.permit(now: now) {
                running.append((starts.count, permit))
                starts.append((permit.lane, permit.start))
                continue
            }
            guard let first = running.indices.min(by: { running[$0].permit.start < running[$1].permit.start }) else {
                break
            }
            let ended = running.remove(at: first)
            now = max(now, ended.permit.start + latency)
            if throttled.contains(ended.number) { schedule.halveLanes() }
            schedule.release(ended.permit)
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
        let permits = (0..<5).map { _ in schedule.permit(now: .zero) }
        #expect(permits.map { $0 == nil } == [false, false, false, true, true])
        #expect(Set(permits.compactMap { $0?.lane }) == [0, 1, 2])
    }

    @Test func `a lane that was idle for long starts at once, but not twice`() throws {
        var schedule = PermitSchedule(policy: RatePolicy(lanes: 1))
        let permit = schedule.permit(now: .seconds(100))
        let first = try #require(permit)
        #expect(first.start == .seconds(100))
        schedule.release(first)
        let second = schedule.permit(now: .milliseconds(100_100))
        #expect(second?.start == .seconds(101))
    }

    @Test func `halving leaves 5, 2 and then 1 lane, never none`() {
        var schedule = PermitSchedule(policy: RatePolicy())
        for lanes in [2, 1, 1, 1] {
            schedule.halveLanes()
            let permits = (0..<5).compactMap { _ in schedule.permit(now: .seconds(1000)) }
            #expect(permits.count == lanes)
            for permit in permits { schedule.release(permit) }
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
        let permits = (0..<4).compactMap { _ in schedule.permit(now: .zero) }
        schedule.halveLanes()
        for (released, permit) in permits.enumerated() {
            let early = schedule.permit(now: .seconds(5))
            #expect(early == nil, "\(released) of 4 have ended")
            schedule.release(permit)
            if released == 2 { break }
        }
        let next = schedule.permit(now: .seconds(5))
        #expect(next != nil)
    }

    @Test func `the policy has a name and safe bounds`() {
        #expect(RatePolicy().description == "perLane:5:1000ms")
        #expect(RatePolicy(lanes: 2, interval: .milliseconds(250), scope: .global).description == "global:2:250ms")
        #expect(RatePolicy(lanes: 0, interval: .seconds(-1)).description == "perLane:1:0ms")
        #expect(RatePolicy(nil).description == "perLane:5:1000ms")
        #expect(RatePolicy(nil, scope: "global").description == "global:5:1000ms")
    }
}
