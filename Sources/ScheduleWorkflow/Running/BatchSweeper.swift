package import Logging
import ScheduleModel
package import ScheduleStore
import ScheduleTasks

/// Fails the batches of scrapes whose worker died, so that none stays PENDING for ever (domain 5.8).
///
/// Every worker runs one. They need no election: the one statement passes over what another sweeper, or a delivery that is
/// alive, holds.
package struct BatchSweeper: Sendable {
    /// How often a worker looks: a dead scrape is seen this long after its task's time limit at the latest.
    package static let period = Duration.seconds(60)
    /// Added to the time limit of a delivery, which ends a little after it was told to.
    package static let grace = Duration.seconds(30)

    private let store: ScheduleStore
    private let logger: Logger
    private let clock: any Clock<Duration>

    /// Makes a sweeper.
    ///
    /// - Parameters:
    ///   - store: Where the batches are.
    ///   - logger: Told of what was failed, and of looks that failed.
    ///   - clock: Times the looks.
    package init(store: ScheduleStore, logger: Logger, clock: any Clock<Duration> = ContinuousClock()) {
        self.store = store
        self.logger = logger
        self.clock = clock
    }

    /// Looks at once and then every ``period``, until the task is cancelled; a look that fails is logged and made again.
    package func run() async {
        while !Task.isCancelled {
            await sweep()
            // Ends early only when the task is cancelled, which the loop sees.
            try? await clock.sleep(for: Self.period)
        }
    }

    /// Looks once.
    func sweep() async {
        do {
            let failed = try await store.failAbandonedScrapes(limits: Self.limits, longest: Self.longest)
            guard !failed.isEmpty else { return }
            logger.warning(
                "scrapes whose worker ended were marked as failed",
                metadata: ["batches": "\(failed.map(\.description).sorted().joined(separator: " "))"])
        } catch  where Task.isCancelled {
            return
        } catch {
            logger.warning("abandoned scrapes could not be looked for", metadata: ["error": "\(error)"])
        }
    }

    /// The longest that a delivery of each task type may take: with the most months there can be.
    static let limits: [String: Duration] = Dictionary(
        uniqueKeysWithValues: [ScheduleTaskType.amionScrape, .scheduleSync].map {
            ($0.rawValue, $0.timeout(months: nil) + grace)
        })

    /// For what names no type.
    static let longest = ScheduleTaskType.scheduleSync.timeout(months: nil) + grace
}
