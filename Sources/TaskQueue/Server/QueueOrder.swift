/// In which order one attempt to take tasks looks at the queues.
///
/// Unless it is strict, ``FairShares`` has the first say, and this order decides between queues whose turn it is equally.
///
/// Pure. Source: asynq `processor.go`, `queues`.
package struct QueueOrder: Sendable, Equatable {
    /// Whether a queue comes only after all of higher weight.
    package let isStrict: Bool
    /// Queues by falling weight, equals by name.
    private let ranked: [String]
    /// Every queue as often as its weight divided by the weights' greatest common divisor says.
    private let tickets: [String]

    /// Prepares the orders of queues with weights of at least 1.
    package init(weights: [String: Int], isStrict: Bool) {
        self.isStrict = isStrict
        ranked = weights.keys.sorted { (-(weights[$0] ?? 0), $0) < (-(weights[$1] ?? 0), $1) }
        let divisor = weights.values.reduce(0, Self.greatestCommonDivisor)
        tickets = ranked.flatMap { queue in
            // A weight in the millions must not fill the memory; beyond this share nobody sees a difference.
            Array(repeating: queue, count: min(Self.mostTickets, (weights[queue] ?? 0) / max(1, divisor)))
        }
    }

    /// The order of one attempt, each queue once.
    ///
    /// - Parameter generator: Where chance comes from; a strict order needs none.
    /// - Returns: All queues; weighted, a queue comes first as often as its share of the weights.
    package func next(using generator: inout some RandomNumberGenerator) -> [String] {
        guard !isStrict, ranked.count > 1 else { return ranked }
        var seen: Set<String> = []
        return tickets.shuffled(using: &generator).filter { seen.insert($0).inserted }
    }

    private static let mostTickets = 1_000

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
        b == 0 ? a : greatestCommonDivisor(b, a % b)
    }
}
