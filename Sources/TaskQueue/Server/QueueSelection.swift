/// Which queues a server serves, and how often it looks at each.
public struct QueueSelection: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// Queues served from the start with their weights; a larger weight is served more often.
    public var weights: [String: Int]
    /// Weights of queues that are found as they appear, by the beginning of their name; the longest match counts.
    public var prefixes: [String: Int]

    /// Selects queues by name, by prefix or both.
    public init(weights: [String: Int], prefixes: [String: Int] = [:]) {
        self.weights = weights
        self.prefixes = prefixes
    }

    /// Selects queues by name.
    public init(dictionaryLiteral elements: (String, Int)...) {
        self.init(weights: Dictionary(elements, uniquingKeysWith: { _, last in last }))
    }

    /// The served queues among those that are named here or known to the store; blank names and weights under 1 are dropped.
    ///
    /// - Parameter known: The queues that the store knows.
    /// - Returns: Weights by queue; `default` with 1 when nothing valid was selected at all.
    package func served(known: Set<String>) -> [String: Int] {
        let valid = Self.validated(weights)
        let validPrefixes = Self.validated(prefixes)
        if valid.isEmpty, validPrefixes.isEmpty { return ["default": 1] }
        var served = valid
        for queue in known where served[queue] == nil {
            let matches = validPrefixes.filter { queue.hasPrefix($0.key) }
            served[queue] = matches.max { $0.key.utf8.count < $1.key.utf8.count }?.value
        }
        return served
    }

    private static func validated(_ weights: [String: Int]) -> [String: Int] {
        weights.filter { !$0.key.isBlank && $0.value > 0 }
    }
}
