import ConcurrencySupport
import Dispatch
import Foundation
import Logging
import TaskQueue

/// What the worker does on signals: TSTP stops taking tasks, TERM and INT drain, a second one gives everything back at once.
struct SignalSources {
    private let sources: [any DispatchSourceSignal]

    init(server: TaskServer, logger: Logger) {
        let asked = LockedValue(0)
        let stop = Self.source(SIGTSTP) {
            logger.notice("TSTP: no new tasks are taken")
            server.stop()
        }
        let endings = [SIGTERM, SIGINT].map { number in
            Self.source(number) {
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

    private static func source(_ number: Int32, _ body: @escaping @Sendable () -> Void) -> any DispatchSourceSignal {
        signal(number, SIG_IGN)  // the default would end the process before the source hears of it
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler(handler: body)
        source.resume()
        return source
    }
}
