import TaskEvents
import TaskQueue

/// Decides when a task that is watched is over: events tell the story, the task's stored state has the last word.
///
/// An event alone is not enough: a task that somebody runs again has ending events of earlier runs, and one that was deleted
/// or that a tool of another make ended has none.
struct WatchStateMachine {
    enum Action: Equatable {
        /// Nothing to do until something happens or the next look is due.
        case wait
        /// The state is to be looked at soon: the end is near.
        case lookSoon
        /// The task is over.
        case done
    }

    /// How many looks at an ended task wait for its last event, so that its messages are not lost.
    private static let patience = 8

    /// The last event that ended a run, if no other run began since.
    private(set) var ending: TaskEvent?
    private var looksAtEnd = 0

    /// An event came.
    mutating func received(_ event: TaskEvent) -> Action {
        if event.kind.endsTask {
            ending = event
            return .lookSoon
        }
        if event.kind == .started { ending = nil }
        return .wait
    }

    /// The state was looked at; `nil` is a task that is not stored.
    mutating func looked(_ state: TaskState?) -> Action {
        guard state == nil || state == .completed || state == .archived else {
            looksAtEnd = 0
            return ending == nil ? .wait : .lookSoon
        }
        looksAtEnd += 1
        return ending != nil || looksAtEnd >= Self.patience ? .done : .lookSoon
    }
}
