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

    /// What the caller has to do now.
    package enum Action: Sendable, Equatable {
        /// Nothing.
        case none
        /// Run the task that arrived.
        case startTask
        /// Give the task that arrived back.
        case refuse
        /// Take no more tasks.
        case stopFetching
        /// Wait for the running tasks, and abort when the time is over.
        case waitForTasks
        /// Cancel the running tasks and give them back.
        case abortTasks
        /// Clean up and leave.
        case finish
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
    package mutating func stopRequested() -> Action {
        guard phase == .active else { return .none }
        phase = .stopped
        return .stopFetching
    }

    /// A graceful shutdown was asked for.
    package mutating func shutdownRequested() -> Action {
        switch phase {
        case .new:
            phase = .closed
            return .finish
        case .active, .stopped:
            phase = .draining
            return running == 0 ? .finish : .waitForTasks
        case .draining, .aborting, .closed: return .none
        }
    }

    /// The time to drain is over, or everything is to be given back at once.
    package mutating func abortRequested() -> Action {
        switch phase {
        case .new:
            phase = .closed
            return .finish
        case .active, .stopped, .draining:
            phase = .aborting
            return running == 0 ? .finish : .abortTasks
        case .aborting, .closed: return .none
        }
    }

    /// A task was taken from its queue.
    package mutating func taskArrived() -> Action {
        guard phase == .active || phase == .stopped else { return .refuse }
        running += 1
        return .startTask
    }

    /// A running task ended and its outcome is written.
    package mutating func taskEnded() -> Action {
        precondition(running > 0, "a task ended although none was running (\(phase))")
        running -= 1
        return running == 0 && (phase == .draining || phase == .aborting) ? .finish : .none
    }

    /// Everything is cleaned up.
    package mutating func finished() {
        phase = .closed
    }
}
