import Testing

@testable import TaskQueue

@Suite struct FairSharesTests {
    /// What each queue gave in many attempts, all of which it could fill.
    private func given(_ shares: inout FairShares, _ queues: [String], limit: Int, attempts: Int) -> [String: Int] {
        var total: [String: Int] = [:]
        for _ in 0..<attempts {
            let portions = shares.portions(of: limit, among: queues.map { ($0, limit) })
            #expect(portions.reduce(0) { $0 + $1.count } == limit)
            let counts = Dictionary(uniqueKeysWithValues: portions.map { ($0.queue, $0.count) })
            shares.took(counts)
            total.merge(counts, uniquingKeysWith: +)
        }
        return total
    }

    @Test func `U5: equal queues share an attempt evenly`() {
        let shares = FairShares(weights: ["a": 1, "b": 1])
        let portions = shares.portions(of: 16, among: [("a", 16), ("b", 16)])
        #expect(portions.map(\.queue) == ["a", "b"])
        #expect(portions.map(\.count) == [8, 8])
    }

    @Test(arguments: [1, 3, 16])
    func `item 35: while all have tasks each gives its share of the weights`(limit: Int) {
        var shares = FairShares(weights: ["a": 6, "b": 3, "c": 1])
        let total = given(&shares, ["c", "b", "a"], limit: limit, attempts: 1000)
        let all = Double(limit * 1000)
        #expect(abs(Double(total["a"] ?? 0) - all * 0.6) <= 16)
        #expect(abs(Double(total["b"] ?? 0) - all * 0.3) <= 16)
        #expect(abs(Double(total["c"] ?? 0) - all * 0.1) <= 16)
    }

    @Test
    func `U5: a hundred full queues take turns, four calls an attempt, and none waits for a second turn of another`() {
        let names = (0..<100).map { "q\($0)" }
        var shares = FairShares(weights: Dictionary(uniqueKeysWithValues: names.map { ($0, 1) }))
        var seen: Set<String> = []
        for _ in 0..<25 {
            let portions = shares.portions(of: 16, among: names.shuffled().map { ($0, 16) })
            #expect(portions.count == 4)
            for portion in portions { #expect(seen.insert(portion.queue).inserted) }
            shares.took(Dictionary(uniqueKeysWithValues: portions.map { ($0.queue, $0.count) }))
        }
        #expect(seen.count == 100)
    }

    @Test func `U5: a queue whose first task comes is next, however much another has given`() {
        var shares = FairShares(weights: ["big": 1, "small": 1])
        _ = given(&shares, ["big"], limit: 16, attempts: 625)
        #expect(shares.portions(of: 1, among: [("big", 1), ("small", 1)]).map(\.queue) == ["small"])
    }

    @Test func `U5: a queue that had no tasks for long does not make up for it`() {
        var shares = FairShares(weights: ["big": 1, "idle": 1])
        _ = given(&shares, ["big"], limit: 16, attempts: 625)
        let total = given(&shares, ["big", "idle"], limit: 1, attempts: 100)
        #expect((40...60).contains(total["big"] ?? 0))
    }

    @Test func `a queue gives no more than its room, and others what is left`() {
        let shares = FairShares(weights: ["a": 1, "b": 1])
        let portions = shares.portions(of: 16, among: [("a", 3), ("b", 16)])
        #expect(portions.map(\.count) == [3, 13])
        #expect(shares.portions(of: 16, among: [("a", 3), ("b", 2)]).map(\.count) == [3, 2])
        #expect(shares.portions(of: 16, among: []).isEmpty)
    }

    @Test func `queues that are served no more leave nothing behind, and those that stay keep their turn`() {
        var shares = FairShares(weights: ["a": 1, "b": 1])
        shares.took(["a": 5])
        shares.serve(["a": 1, "c": 1])
        #expect(shares.portions(of: 1, among: [("a", 1), ("c", 1)]).map(\.queue) == ["c"])
        shares.serve(["c": 1])
        var fresh = FairShares(weights: ["c": 1])
        fresh.serve(["c": 1])
        #expect(shares == fresh)
    }
}

@Suite struct DequeuePlanTests {
    @Test func `item 35: without shares each queue is emptied before the next`() {
        let plan = DequeuePlan(from: ["a", "b"], rooms: ["a": 5], limit: 16)
        #expect(plan.portions(among: ["a", "b"], taken: [:]).map(\.queue) == ["a"])
        #expect(plan.portions(among: ["a", "b"], taken: [:]).map(\.count) == [5])
        #expect(plan.portions(among: ["a", "b"], taken: ["a": 5]).map(\.queue) == ["b"])
        #expect(plan.portions(among: ["a", "b"], taken: ["a": 5]).map(\.count) == [11])
        #expect(plan.portions(among: ["a", "b"], taken: ["a": 5, "b": 11]).isEmpty)
        #expect(plan.portions(among: [], taken: [:]).isEmpty)
    }
}
