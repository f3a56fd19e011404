import ConcurrencySupport
import Foundation

/// Why a run is cut short.
enum Interruption: Sendable, Equatable {
    /// Its deadline has passed.
    case deadline
    /// Somebody asked for it on `asynq:cancel`.
    case cancelRequest
    /// The server must go.
    case shutdown
    /// The run no longer owns its task.
    case leaseLost
}

/// One run in this server: what the heartbeat, the cancel subscriber and the shutdown need of it.
final class RunningTask: Sendable {
    private struct State {
        var leaseExpiresAt: Date
        var interruptions: [Interruption] = []
        var listener: (@Sendable (Interruption) -> Void)?
    }

    /// The right to write the outcome.
    let run: TaskRun
    /// When the run began.
    let startedAt: Date
    /// When the run is cancelled.
    let deadline: Date
    private let state: LockedValue<State>

    /// Describes a run that nobody interrupts yet.
    init(run: TaskRun, startedAt: Date, deadline: Date, leaseExpiresAt: Date) {
        self.run = run
        self.startedAt = startedAt
        self.deadline = deadline
        state = LockedValue(State(leaseExpiresAt: leaseExpiresAt))
    }

    /// When the lease ends unless it is extended.
    var leaseExpiresAt: Date {
        get { state.withLock { $0.leaseExpiresAt } }
        set { state.withLock { $0.leaseExpiresAt = newValue } }
    }

    /// Asks the run to end.
    func interrupt(_ reason: Interruption) {
        let listener = state.withLock { state in
            state.interruptions.append(reason)
            return state.listener
        }
        listener?(reason)
    }

    /// Hands every interruption to `listener`, those that came before included; a second listener replaces the first.
    func listen(_ listener: @escaping @Sendable (Interruption) -> Void) {
        let earlier = state.withLock { state in
            state.listener = listener
            return state.interruptions
        }
        for reason in earlier { listener(reason) }
    }
}

/// The runs of this server, by queue and id: an id alone may be active in two queues at once (asynq-wire W2).
final class RunningTasks: Sendable {
    private struct Key: Hashable {
        let queue: String
        let id: String

        init(_ message: TaskMessage) {
            queue = message.queue
            id = message.id
        }
    }

    private let tasks = LockedValue<[Key: RunningTask]>([:])

    /// Every run at this moment.
    var all: [RunningTask] { tasks.withLock { Array($0.values) } }

    /// Adds a run.
    func insert(_ task: RunningTask) {
        tasks.withLock { $0[Key(task.run.message)] = task }
    }

    /// Removes a run, unless a newer one of the same task has taken its place.
    func remove(_ task: RunningTask) {
        tasks.withLock { tasks in
            if tasks[Key(task.run.message)] === task { tasks[Key(task.run.message)] = nil }
        }
    }

    /// How many tasks of a queue run.
    func count(in queue: String) -> Int {
        tasks.withLock { tasks in tasks.keys.count { $0.queue == queue } }
    }

    /// Whether a task runs here.
    func contains(_ message: TaskMessage) -> Bool {
        tasks.withLock { $0[Key(message)] != nil }
    }

    /// The runs of every task with this id, whatever their queue.
    func tasks(withID id: String) -> [RunningTask] {
        tasks.withLock { tasks in tasks.filter { $0.key.id == id }.map(\.value) }
    }
}
