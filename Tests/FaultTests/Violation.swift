/// An invariant of the architecture's section 4 that does not hold.
struct Violation: Sendable, Hashable, CustomStringConvertible {
    /// The invariants that the fault test checks: the architecture's, and what single features promise.
    enum Invariant: String, Sendable {
        case noLostTask = "I1"
        case oneState = "I2"
        case noStaleOutcome = "I3"
        case lock = "I4"
        case counters = "I5"
        case crashCost = "I8"
        case leftovers = "I9"
        /// A cancellation that did not hold, or was forgotten.
        case cancel = "cancel"
        /// More tasks at once, or faster, than the queue's limits allow.
        case limit = "limit"
        /// A step before its predecessors, twice or never.
        case workflow = "workflow"
        /// A group's task that was joined twice or into nothing.
        case group = "group"
        /// A tick with several tasks, without one, or enqueued by somebody who leads no more.
        case tick = "tick"
        /// No invariant but a program that did what it must not.
        case program = "program"
    }

    let invariant: Invariant
    let text: String

    init(_ invariant: Invariant, _ text: String) {
        self.invariant = invariant
        self.text = text
    }

    var description: String { "\(invariant.rawValue): \(text)" }
}
