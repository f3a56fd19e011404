import ConcurrencySupport

/// A clock whose time moves only when a test says so.
final class ManualClock: Clock, Sendable {
    struct Instant: InstantProtocol {
        let offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct Sleeper {
        let id: Int
        let deadline: Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Instant(offset: .zero)
        var sleepers: [Sleeper] = []
        var cancelled: Set<Int> = []
        var nextID = 0
        var slept: [Duration] = []
    }

    private let state = LockedValue(State())

    var now: Instant { state.withLock { $0.now } }
    var minimumResolution: Duration { .zero }
    /// How long each sleep was asked to be, in order.
    var slept: [Duration] { state.withLock { $0.slept } }
    /// How many sleep now.
    var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            state.slept.append(state.now.duration(to: deadline))
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelled.contains(id) { return .failure(CancellationError()) }
                    if deadline <= state.now { return .success(()) }
                    state.sleepers.append(Sleeper(id: id, deadline: deadline, continuation: continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                state.cancelled.insert(id)
                let place = state.sleepers.firstIndex { $0.id == id }
                return place.map { state.sleepers.remove(at: $0) }
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Lets time pass in one leap and wakes those whose sleep is over.
    func advance(by span: Duration) {
        let woken = state.withLock { state in
            state.now = state.now.advanced(by: span)
            let woken = state.sleepers.filter { $0.deadline <= state.now }
            state.sleepers.removeAll { $0.deadline <= state.now }
            return woken
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    /// Moves to the next deadline and wakes those who sleep until then; `false` when nobody sleeps.
    @discardableResult
    func wakeNext() -> Bool {
        let woken = state.withLock { state in
            guard let next = state.sleepers.map(\.deadline).min() else { return [Sleeper]() }
            state.now = max(state.now, next)
            let woken = state.sleepers.filter { $0.deadline <= state.now }
            state.sleepers.removeAll { $0.deadline <= state.now }
            return woken
        }
        for sleeper in woken { sleeper.continuation.resume() }
        return !woken.isEmpty
    }

    /// Runs work to its end: whenever all of it has come to rest, time moves to the next deadline.
    ///
    /// At rest means that nothing new happened during many turns of the executor; work that waits for nothing but this clock
    /// has had its turn by then, and where it has not, time only moves a little later.
    func run<Success: Sendable>(_ work: @escaping @Sendable () async throws -> Success) async throws -> Success {
        let isDone = LockedValue(false)
        return try await withThrowingTaskGroup(of: Success?.self) { group in
            group.addTask {
                defer { isDone.withLock { $0 = true } }
                return try await work()
            }
            group.addTask {
                while !isDone.withLock({ $0 }) {
                    await self.rest()
                    self.wakeNext()
                }
                return nil
            }
            var success: Success?
            for try await result in group { success = result ?? success }
            guard let success else { throw CancellationError() }
            return success
        }
    }

    /// Gives all others their turn until nobody goes to sleep any more.
    func rest() async {
        var turns = 0
        var seen = state.withLock { $0.nextID }
        while turns < 300 {
            await Task.yield()
            turns += 1
            let current = state.withLock { $0.nextID }
            if current != seen { (seen, turns) = (current, 0) }
        }
    }
}
