/// An invariant of the architecture's section 4 that does not hold.
struct Violation: Sendable, Hashable, CustomStringConvertible {
    /// The invariants that the fault test checks.
    enum Invariant: String, Sendable {
        case noLostTask = "I1"
        case oneState = "I2"
        case noStaleOutcome = "I3"
        case lock = "I4"
        case counters = "I5"
        case crashCost = "I8"
        case leftovers = "I9"
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
