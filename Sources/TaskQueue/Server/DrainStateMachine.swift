/// How a server comes up and winds down: pure decisions, no I/O.
///
/// Source: asynq `server.go`, its four states.
package struct DrainStateMachine: Sendable, Equatable {
    /// Where a server is in its life.
    package enum Phase: Sendable, Equatable {
        /// Not started yet.
        case new
        /// Takes and runs tasks.
        case active
        /// Takes no more tasks, and stays alive.
        case stopped
        /// Shutting down: running tasks may end by themselves.
        case draining
        /// Shutting down: running tasks are cancelled and given back.
        case aborting
        /// Over.
        case closed
    }

    /// Where the server is.
    package private(set) var phase = Phase.new
    /// How many tasks run.
    package private(set) var running = 0

    /// Makes the machine of a server that was not started yet.
    package init() {}

    /// Whether tasks are taken.
    package var isFetching: Bool { phase == .active }
    /// Whether a shutdown was asked for, or is over.
    package var isShuttingDown: Bool { phase == .draining || phase == .aborting || phase == .closed }
    /// asynq's name of the phase, as published.
    package var status: String {
        switch phase {
        case .new: "new"
        case .active: "active"
        case .stopped: "stopped"
        case .draining, .aborting, .closed: "closed"
        }
    }

    /// The server is to start.
    ///
    /// - Throws: ``TaskServerError`` unless it is new.
    package mutating func start() throws(TaskServerError) {
        switch phase {
        case .new: phase = .active
        case .active, .stopped: throw TaskServerError(.alreadyRunning)
        case .draining, .aborting, .closed: throw TaskServerError(.closed)
        }
    }

    /// A stop was asked for; only an active server heeds it.
    ///
    /// - Returns: Whether anything changed.
    package mutating func stopRequested() -> Bool {
        guard phase == .active else { return false }
        phase = .stopped
        return true
    }

    /// A graceful shutdown was asked for.
    ///
    /// - Returns: Whether anything changed.
    package mutating func shutdownRequested() -> Bool {
        switch phase {
        case .new: phase = .closed
        case .active, .stopped: phase = .draining
        case .draining, .aborting, .closed: return false
        }
        return true
    }

    /// The time to drain is over, or everything is to be given back at once.
    ///
    /// - Returns: Whether anything changed.
    package mutating func abortRequested() -> Bool {
        switch phase {
        case .new: phase = .closed
        case .active, .stopped, .draining: phase = .aborting
        case .aborting, .closed: return false
        }
        return true
    }

    /// A task was taken from its queue.
    ///
    /// - Returns: Whether it is to be run; otherwise it must be given back.
    package mutating func taskArrived() -> Bool {
        guard phase == .active || phase == .stopped else { return false }
        running += 1
        return true
    }

    /// A running task ended and its outcome is written.
    package mutating func taskEnded() {
        precondition(running > 0, "a task ended although none was running (\(phase))")
        running -= 1
    }

    /// Everything is cleaned up.
    package mutating func finished() {
        phase = .closed
    }
}
