import ConcurrencySupport
import Foundation
import Logging

extension PeriodicTaskScheduler {
    /// Tells tools of the entries, at each heartbeat and after each change of leaders, while it leads.
    func announceUntilCancelled() async {
        let limiter = LogLimiter()
        while !Task.isCancelled {
            do {
                if isLeading {
                    try await broker.writeSchedulerEntries(
                        entries, schedulerID: id, life: configuration.heartbeatInterval * 2)
                }
            } catch {
                guard !Task.isCancelled else { return }
                limiter.run {
                    logger.warning("the entries could not be announced", metadata: ["error": "\(error)"])
                }
            }
            await waitForNextAnnouncement()
        }
    }

    /// Waits for the heartbeat, or for a change of leaders.
    private func waitForNextAnnouncement() async {
        let moment = clock.now() + configuration.heartbeatInterval.timeInterval
        await withDiscardingTaskGroup { group in
            group.addTask {
                if (try? await self.clock.sleep(moment)) != nil { self.announcement.signal() }
            }
            await announcement.wait()
            group.cancelAll()
        }
    }

    func clearAnnouncement() async {
        do { try await broker.clearSchedulerEntries(schedulerID: id) } catch {
            logger.warning("the scheduler's announcement will expire by itself", metadata: ["error": "\(error)"])
        }
    }

    /// Takes the announcement back, and the histories of entries that no later scheduler can continue.
    func takeBack() async {
        await clearAnnouncement()
        do {
            for entry in table.withLock({ Array($0.entries.values) }) where entry.isFresh {
                try await broker.clearHistory(ofEntry: entry.id)
            }
        } catch {
            logger.warning(
                "histories of the scheduler's entries will expire by themselves", metadata: ["error": "\(error)"])
        }
    }
}
