import ConcurrencySupport
import Logging

/// The queues that a server serves right now; those that match a prefix are found as they appear.
final class QueueCatalog: Sendable {
    private let broker: any Broker
    private let selection: QueueSelection
    private let interval: Duration
    private let logger: Logger
    private let onChange: @Sendable () -> Void
    private let served: LockedValue<[String: Int]>

    /// Makes a catalogue of the queues that are named outright; ``run()`` finds the others.
    init(
        broker: any Broker, selection: QueueSelection, interval: Duration, logger: Logger,
        onChange: @escaping @Sendable () -> Void
    ) {
        self.broker = broker
        self.selection = selection
        self.interval = interval
        self.logger = logger
        self.onChange = onChange
        served = LockedValue(selection.served(known: []))
    }

    /// The served queues with their weights.
    var weights: [String: Int] { served.withLock { $0 } }
    /// The served queues' names in a stable order.
    var names: [String] { weights.keys.sorted() }

    /// Looks for new queues until cancelled; returns at once when no prefix is selected.
    func run() async {
        guard !selection.prefixes.isEmpty else { return }
        await PeriodicLoop(name: "looking for queues", interval: interval, logger: logger).run {
            let found = selection.served(known: try await broker.queueNames())
            let isNew = served.withLock { served in
                defer { served = found }
                return served != found
            }
            if isNew { onChange() }
        }
    }
}
