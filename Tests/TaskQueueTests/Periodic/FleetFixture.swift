import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport

@testable import TaskQueue

/// What a test of several schedulers of one fleet works with: their store, and a way to stop each at a step.
struct FleetFixture {
    let base: SchedulerFixture

    init() throws { base = try SchedulerFixture() }

    /// One scheduler of the fleet with a clock of its own and a way to stop it.
    ///
    /// Its term is 3 min, so that it beats at each minute of its clock and no slow machine ends it; entries are best due at
    /// other moments.
    func peer(_ number: Int, _ change: (inout PeriodicSchedulerConfiguration) -> Void = { _ in }) -> FleetPeer {
        let (clock, stopping) = (TurnedClock(), CallStop())
        let results = Mailbox<Result<TaskInfo, any Error>>()
        let flaky = FlakyBroker(base.redis.broker { clock.now }) { try await stopping.pass($0) }
        var beatSeconds = 0.0
        let scheduler = base.scheduler(number: number, broker: flaky, clock: clock) { configuration in
            configuration.enqueuesOncePerTick = true
            configuration.leaderTerm = .seconds(180)
            configuration.allowsSeconds = true
            configuration.postEnqueue = { results.send($0) }
            change(&configuration)
            beatSeconds = configuration.leaderTerm.timeInterval / 3
        }
        return FleetPeer(scheduler: scheduler, clock: clock, results: results, stop: stopping, beatSeconds: beatSeconds)
    }

    /// Runs schedulers while `body` runs; each but the first begins as a follower.
    func withRunning(_ peers: [FleetPeer], _ body: () async throws -> Void) async throws {
        var running: [Task<Void, any Error>] = []
        for peer in peers {
            let next = peer.clock.now.timeIntervalSince(TurnedClock.start) + peer.beatSeconds
            running.append(Task { try await peer.scheduler.run() })
            await peer.clock.somebodySleeps(until: next)
        }
        do { try await body() } catch {
            for peer in peers {
                peer.stop.resume()
                await peer.scheduler.shutdown()
            }
            throw error
        }
        for peer in peers { await peer.scheduler.shutdown() }
        for run in running { try await run.value }
    }

    /// Ends the leader's term, as time does when it is not renewed.
    func endTerm(ofFleet name: String = "default") async throws {
        try await base.redis.client.send("DEL", .string(RedisKeys.leader(ofFleet: name)))
    }

    /// The ticks of an entry that have had their task, in seconds after the clock's start.
    func enqueuedTicks(_ scope: String, queue: String = "default") async throws -> [Int] {
        let key = RedisKeys(queue: queue).enqueuedTicks(scope: scope)
        return try await base.redis.client.send("ZRANGE", .string(key), 0, -1).array().map {
            Int(try $0.integer()) - Int(TurnedClock.start.timeIntervalSince1970)
        }
    }

    /// What the store holds of an entry: the last claimed tick in seconds after the clock's start, and how many are open.
    func claims(_ id: String, fleet: String = "default") async throws -> (last: Int, open: Int) {
        let key = RedisArgument.string(RedisKeys.ticks(ofEntry: id, fleet: fleet))
        guard let last = try await base.redis.client.send("HGET", key, "last").optionalBytes() else { return (-1, 0) }
        let seconds = Int(String(decoding: last, as: UTF8.self)) ?? -1
        let count = Int(try await base.redis.client.send("HLEN", key).integer())
        return (seconds - Int(TurnedClock.start.timeIntervalSince1970), count - 2)
    }

    /// Takes and removes the oldest pending task, as a worker does that is done with it.
    func finishOldest(queue: String = "default") async throws -> String {
        let keys = RedisKeys(queue: queue)
        let id = try await base.redis.client.send("RPOP", .string(keys.pending)).string()
        try await base.redis.client.send("DEL", .string(keys.task(id)))
        return id
    }
}

/// A scheduler of a fleet, its clock, and what came of its runs.
struct FleetPeer {
    let scheduler: PeriodicTaskScheduler
    let clock: TurnedClock
    let results: Mailbox<Result<TaskInfo, any Error>>
    let stop: CallStop

    /// How often it stands for election, by its clock.
    let beatSeconds: Double

    /// Turns its clock to a beat, and returns once it has stood for election.
    func beat(at seconds: Double) async {
        clock.advance(to: seconds)
        await clock.somebodySleeps(until: seconds + beatSeconds)
    }

    /// Turns its clock, and returns once it has stopped at a step of what is due then.
    func advance(to seconds: Double, stoppingAt step: FlakyBroker.Call, _ kind: CallStop.Kind) async throws {
        stop.arm(step, kind)
        clock.advance(to: seconds)
        try await stop.stopped.next()
    }

    /// Adds a task that is due 30 s after each minute.
    @discardableResult
    func registerHalfMinutes(_ policy: MisfirePolicy = .skip) throws -> String {
        try scheduler.register("30 * * * * *", QueueTask(type: "t:tick"), misfirePolicy: policy)
    }
}

/// Stops a process of its own at one of its calls to the store: for good, as SIGKILL does, or until it goes on, as SIGSTOP.
final class CallStop: Sendable {
    enum Kind { case kill, suspend, failOnce }

    private struct State {
        var call: FlakyBroker.Call?
        var kind = Kind.kill
        var isDead = false
    }

    private let state = LockedValue(State())
    private let gate = Gate()
    /// Gets an element when the process stops.
    let stopped = Mailbox<Void>()

    /// Stops at the next such call.
    func arm(_ call: FlakyBroker.Call, _ kind: Kind) {
        state.withLock { state in
            state.call = call
            state.kind = kind
        }
    }

    /// A suspended process goes on.
    func resume() { gate.open() }

    /// Every call of the process comes through here.
    func pass(_ call: FlakyBroker.Call) async throws {
        let kind: Kind? = try state.withLock { state in
            guard !state.isDead else { throw TestFailure(description: "the process is dead") }
            guard state.call == call else { return nil }
            state.call = nil
            state.isDead = state.kind == .kill
            return state.kind
        }
        guard let kind else { return }
        stopped.send(())
        switch kind {
        case .suspend: await gate.waitStubbornly()
        case .kill, .failOnce: throw TestFailure(description: "stopped at \(call)")
        }
    }
}
