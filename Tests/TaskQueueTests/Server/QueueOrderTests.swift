import Testing

@testable import TaskQueue

/// A generator that always gives the same row of numbers (SplitMix64).
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite struct QueueOrderTests {
    @Test func `item 35: a strict order is by weight`() {
        var generator = SeededGenerator(state: 1)
        let order = QueueOrder(weights: ["low": 1, "high": 6, "middle": 3], isStrict: true)
        for _ in 0..<10 { #expect(order.next(using: &generator) == ["high", "middle", "low"]) }
    }

    @Test func `item 35: a weighted order names every queue once, and first as often as its share says`() {
        var generator = SeededGenerator(state: 2)
        let order = QueueOrder(weights: ["a": 60, "b": 30, "c": 10], isStrict: false)
        var first: [String: Int] = [:]
        for _ in 0..<10_000 {
            let next = order.next(using: &generator)
            #expect(next.sorted() == ["a", "b", "c"])
            first[next[0], default: 0] += 1
        }
        #expect((5_800...6_200).contains(first["a"] ?? 0))
        #expect((2_800...3_200).contains(first["b"] ?? 0))
        #expect((800...1_200).contains(first["c"] ?? 0))
    }

    @Test func `huge weights do no harm`() {
        var generator = SeededGenerator(state: 3)
        let order = QueueOrder(weights: ["a": .max, "b": 1], isStrict: false)
        #expect(order.next(using: &generator).sorted() == ["a", "b"])
    }

    @Test func `one queue or none needs no chance`() {
        var generator = SeededGenerator(state: 4)
        #expect(QueueOrder(weights: ["a": 5], isStrict: false).next(using: &generator) == ["a"])
        #expect(QueueOrder(weights: [:], isStrict: false).next(using: &generator).isEmpty)
    }
}

@Suite struct QueueSelectionTests {
    @Test func `blank names and weights under one are dropped, and default is left when nothing is`() {
        let selection: QueueSelection = ["": 1, " ": 2, "a": 0, "b": -1]
        #expect(selection.served(known: ["x"]) == ["default": 1])
    }

    @Test func `queues are found by the longest prefix, and a name beats a prefix`() {
        let selection = QueueSelection(weights: ["h-1": 9], prefixes: ["h-": 1, "h-north-": 3])
        #expect(
            selection.served(known: ["h-1", "h-2", "h-north-1", "other"]) == ["h-1": 9, "h-2": 1, "h-north-1": 3])
    }

    @Test func `a prefix alone serves nothing before a queue appears`() {
        #expect(QueueSelection(weights: [:], prefixes: ["h-": 1]).served(known: []).isEmpty)
    }
}
