import ConcurrencySupport
import Logging

/// The queues that a server serves right now; those that match a prefix are found as they appear.
final class QueueCatalog: Sendable {
    /// Whose turn it is, and which queues need not be asked.
    let turns: QueueTurns
    private let broker: any Broker
    private let selection: QueueSelection
    private let interval: Duration
    private let logger: Logger
    private let onChange: @Sendable () -> Void
    private let isStrict: Bool
    private let served: LockedValue<Served>

    /// The served queues and the orders to look at them.
    private struct Served {
        let weights: [String: Int]
        let order: QueueOrder

        init(_ weights: [String: Int], isStrict: Bool) {
            self.weights = weights
            order = QueueOrder(weights: weights, isStrict: isStrict)
        }
    }

    /// Makes a catalogue of the queues that are named outright; ``run()`` finds the others.
    init(
        broker: any Broker, selection: QueueSelection, isStrict: Bool, interval: Duration,
        pollInterval: Duration = .seconds(1), logger: Logger,
        onChange: @escaping @Sendable () -> Void
    ) {
        self.broker = broker
        self.selection = selection
        self.interval = interval
        self.logger = logger
        self.onChange = onChange
        self.isStrict = isStrict
        let weights = selection.served(known: [])
        served = LockedValue(Served(weights, isStrict: isStrict))
        turns = QueueTurns(weights: weights, isStrict: isStrict, pollInterval: pollInterval)
    }

    /// The served queues with their weights.
    var weights: [String: Int] { served.withLock { $0.weights } }
    /// The served queues' names in a stable order.
    var names: [String] { weights.keys.sorted() }

    /// In which order one attempt to take tasks looks at the queues.
    func nextOrder() -> [String] {
        var generator = SystemRandomNumberGenerator()
        return served.withLock { $0.order }.next(using: &generator)
    }

    /// Looks for new queues until cancelled; returns at once when no prefix is selected.
    func run() async {
        guard !selection.prefixes.isEmpty else { return }
        await PeriodicLoop(name: "looking for queues", interval: interval, logger: logger).run {
            let found = selection.served(known: try await broker.queueNames())
            let isNew = served.withLock { [isStrict] served in
                guard served.weights != found else { return false }
                served = Served(found, isStrict: isStrict)
                return true
            }
            guard isNew else { return }
            turns.serve(found)
            onChange()
        }
    }
}
