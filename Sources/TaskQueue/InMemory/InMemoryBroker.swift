import ConcurrencySupport
public import Foundation

/// A store in this process's memory, for tests of programs that use the task queue: no Redis, no files, no global state.
///
/// <!-- in-memory-broker -->
/// ```swift
/// let broker = InMemoryBroker()
/// let client = TaskClient(broker: broker)
/// let server = TaskServer(broker: broker, configuration: TaskServerConfiguration(), logger: logger)
/// let running = Task { try await server.run(mux) }
/// try await client.enqueue(QueueTask(type: "mail"), EnqueueOptions(taskID: "1", retention: .seconds(60)))
/// try await broker.waitUntilIdle()
/// #expect(broker.task("1")?.state == .completed)
/// await server.shutdown()
/// try await running.value
/// ```
///
/// Clients, servers and schedulers that share an instance work together as they do on one Redis; those of another instance know
/// nothing of them. Every rule is that of the store on Redis, and one suite of tests holds both to it. What is in it is gone
/// when the instance is.
///
/// Its clock is the system's unless told, and ``advance(by:)`` turns it: what is due then is done at once, and nobody waits.
/// Clients, servers and schedulers made of the broker go by it. Only whether a worker lives, and whether a scheduler still
/// leads, goes by the time that really passes, as a turned clock ends no process.
///
/// The state is plain values (`MemoryState`, `MemoryQueue`, `MemoryTask`) with functions that change them at once and
/// do not wait; this type holds them behind one lock and tells those who wait after each change.
public final class InMemoryBroker: Sendable {
    /// Reaches the state; nothing is told of what is changed here.
    let state = LockedValue(MemoryState())
    let channel = MemoryChannel()
    private let clock: @Sendable () -> Date

    /// Makes an empty store.
    ///
    /// - Parameter now: What the time is, before ``advance(by:)`` turns it; `{ moment }` makes a clock that stands still
    ///   between the turns.
    public init(now: @escaping @Sendable () -> Date = { Date() }) { clock = now }

    /// The time by the broker's clock.
    public var now: Date { clock() + state.withLock { $0.turned } }

    /// Changes the state in one step, then tells those who wait.
    func change<Answer: Sendable>(
        _ body: (inout MemoryState, _ now: Date) throws -> Answer
    ) rethrows -> Answer {
        let moment = clock()
        let (answer, events) = try state.withLock { state in
            let answer = try body(&state, moment + state.turned)
            return (answer, state.takeEvents())
        }
        channel.send(events)
        return answer
    }

    /// Changes one queue in one step, then tells those who wait.
    func change<Answer: Sendable>(
        in queue: String, _ body: (inout MemoryQueue, _ now: Date) throws -> Answer
    ) rethrows -> Answer {
        try change { state, now in try body(&state[queue], now) }
    }
}
