import ConcurrencySupport

/// How often something happened, counted from anywhere.
final class Tally: Sendable {
    private let value = LockedValue(0)

    var count: Int { value.withLock { $0 } }

    /// Counts once more; returns how often it has happened.
    @discardableResult
    func add() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}

/// How many do something at once.
final class Crowd: Sendable {
    private let state = LockedValue((now: 0, most: 0))

    /// The most that there ever were.
    var most: Int { state.withLock { $0.most } }

    /// Is one of them while `body` runs, which is told how many there are then.
    func join(_ body: (_ count: Int) async throws -> Void) async rethrows {
        let count = state.withLock { state in
            state = (state.now + 1, max(state.most, state.now + 1))
            return state.now
        }
        defer { state.withLock { $0.now -= 1 } }
        try await body(count)
    }

    /// Is one of them for so long that others have their turn.
    func linger() async {
        await join { _ in
            for _ in 0..<20 { await Task.yield() }
        }
    }
}
