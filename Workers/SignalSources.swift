import ConcurrencySupport
import Foundation
import Logging
import TaskQueue

/// What the worker does on signals: TSTP stops taking tasks, TERM and INT drain, a second one gives everything back at once.
struct SignalSources {
    private let sources: [SignalSource]

    init(server: TaskServer, logger: Logger) {
        let asked = LockedValue(0)
        let stop = SignalSource(SIGTSTP) {
            logger.notice("TSTP: no new tasks are taken")
            server.stop()
        }
        let endings = [SIGTERM, SIGINT].map { number in
            SignalSource(number) {
                let times = asked.withLock { count -> Int in
                    count += 1
                    return count
                }
                logger.notice("signal \(number): \(times == 1 ? "draining" : "giving everything back")")
                Task { times == 1 ? await server.shutdown() : await server.shutdownNow() }
            }
        }
        sources = [stop] + endings
    }

    /// Stops listening.
    func cancel() {
        for source in sources { source.cancel() }
    }
}
