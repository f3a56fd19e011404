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

/// One run in this server: what the heartbeat, the cancel subscriber, the deadlines and the shutdown need of it.
final class RunningTask: Sendable {
    private struct State {
        var leaseExpiresAt: Date
        var startedAt: Date
        var deadline: Date
        /// The first interruption; later ones change nothing.
        var interruption: Interruption?
        /// The Swift task that runs the handler.
        var work: Task<Void, Never>?
        /// Whether somebody has taken the right to write the outcome.
        var isConcluded = false
    }

    /// The right to write the outcome.
    let run: TaskRun
    /// How often the task was delivered to a worker of ours, this time included.
    let deliveries: Int
    /// What is to be heeded of the task beyond its message.
    let options: StoredOptions
    private let state: LockedValue<State>

    /// Describes a task that was just taken and that nobody interrupts yet.
    init(_ task: DequeuedTask, at moment: Date) {
        run = task.run
        deliveries = task.deliveries
        options = task.options
        state = LockedValue(
            State(leaseExpiresAt: task.leaseExpiresAt, startedAt: moment, deadline: .distantFuture))
    }

    /// When the run began; before that, when the task was taken.
    var startedAt: Date { state.withLock { $0.startedAt } }
    /// When the run is cancelled; in the distant future before it has begun.
    var deadline: Date { state.withLock { $0.deadline } }
    /// The first interruption, if there was one.
    var interruption: Interruption? { state.withLock { $0.interruption } }

    /// When the lease ends unless it is extended.
    var leaseExpiresAt: Date {
        get { state.withLock { $0.leaseExpiresAt } }
        set { state.withLock { $0.leaseExpiresAt = newValue } }
    }

    /// Starts `body`, which runs the handler and sees to the outcome, in a Swift task that an interruption cancels.
    ///
    /// It is a task of its own, because a structured child can neither be cancelled alone nor left behind at a shutdown.
    func start(at moment: Date, _ body: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            state.startedAt = moment
            state.deadline = Self.deadline(of: run.message, startedAt: moment)
            let work = Task { await body() }
            state.work = work
            if state.interruption != nil { work.cancel() }
        }
    }

    /// Asks the run to end; too late once its outcome is being written.
    func interrupt(_ reason: Interruption) {
        let work: Task<Void, Never>? = state.withLock { state in
            guard !state.isConcluded, state.interruption == nil else { return nil }
            state.interruption = reason
            return state.work
        }
        work?.cancel()
    }

    /// Takes the right to write the outcome: for the run when its handler has returned, or for a shutdown that leaves the
    /// handler behind.
    ///
    /// - Returns: Whether it was still to be had.
    func conclude() -> Bool {
        state.withLock { state in
            defer { state.isConcluded = true }
            return !state.isConcluded
        }
    }

    /// When a run must end; both limits given, the earlier counts; none, 30 minutes.
    ///
    /// Source: asynq `computeDeadline`.
    static func deadline(of message: TaskMessage, startedAt: Date) -> Date {
        let fallback = message.deadlineUnixSeconds == 0 ? EnqueueOptions.defaultTimeout.secondsRoundedUp : 0
        let timeout = message.timeoutSeconds > 0 ? message.timeoutSeconds : fallback
        guard let byDeadline = Date(nonZeroUnixSeconds: message.deadlineUnixSeconds) else {
            return startedAt.addingTimeInterval(Double(timeout))
        }
        return timeout > 0 ? min(startedAt.addingTimeInterval(Double(timeout)), byDeadline) : byDeadline
    }
}
