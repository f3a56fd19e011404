import Foundation
import Redis

extension RedisBroker {
    /// How far ahead of a tick a claimed one may be and still stand: 1 h, far more than clocks may differ.
    static let longestLead: Int64 = 3600
    /// How long before a tick others are remembered by their queue: 2 h, twice the largest tolerance.
    static let tickMemory: Int64 = 2 * longestLead
    /// How long a queue refuses earlier terms after the last task: 7 days; no process stands still for longer.
    static let fenceSeconds: Int64 = 7 * 86_400

    package func standForElection(
        schedulerID: String, fleet: String, life: Duration, above floor: Int64
    ) async throws -> ElectionOutcome {
        let reply = try await client.evaluate(
            BrokerScripts.elect, keys: [RedisKeys.leader(ofFleet: fleet), RedisKeys.terms(ofFleet: fleet)],
            arguments: [.string(schedulerID), .integer(life.milliseconds), .integer(floor)]
        ).array()
        guard reply.count == 2 else { return .follows }
        let predecessor = try reply[1].string()
        let leadership = Leadership(fleet: fleet, schedulerID: schedulerID, term: try reply[0].integer())
        return .leads(leadership, predecessor: predecessor.isEmpty ? nil : predecessor)
    }

    package func resign(_ leadership: Leadership) async throws {
        try await client.evaluate(
            BrokerScripts.resign, keys: [RedisKeys.leader(ofFleet: leadership.fleet)],
            arguments: [.string(leadership.token)])
    }

    package func fence(queue: String, for leadership: Leadership) async throws -> Int64 {
        try await client.evaluate(
            BrokerScripts.fenceQueue, keys: [RedisKeys(queue: queue).schedulerTerm(ofFleet: leadership.fleet)],
            arguments: [.integer(leadership.term), .integer(Self.fenceSeconds)]
        ).integer()
    }

    package func adoptTicks(
        ofEntry id: String, spec: String, baseline: Int64, life: Duration, for leadership: Leadership
    ) async throws -> StoredTicks? {
        let reply = try await client.evaluate(
            BrokerScripts.adoptTicks, keys: Self.tickKeys(id, leadership),
            arguments: [
                .string(leadership.token), .string(spec), .integer(baseline), .integer(UnixTime.seconds(now)),
                .integer(Self.longestLead), .integer(life.secondsRoundedUp),
            ]
        ).array()
        guard let last = reply.first else { return nil }
        return StoredTicks(last: try last.integer(), open: Set(try reply.dropFirst().map { try $0.integer() }))
    }

    package func claimTick(
        _ tick: Int64, ofEntry id: String, life: Duration, for leadership: Leadership
    ) async throws -> TickClaim {
        let reply = try await client.evaluate(
            BrokerScripts.claimTick, keys: Self.tickKeys(id, leadership),
            arguments: [
                .string(leadership.token), .integer(tick), .integer(Self.longestLead),
                .integer(life.secondsRoundedUp),
            ])
        switch try reply.integer() {
        case 1: return .claimed
        case 0: return .taken
        default: return .notLeader
        }
    }

    package func settleTicks(_ ticks: [Int64], ofEntry id: String, fleet: String) async throws {
        guard !ticks.isEmpty else { return }
        let key = RedisArgument.string(RedisKeys.ticks(ofEntry: id, fleet: fleet))
        _ = try await client.send(RedisCommand("HDEL", [key] + ticks.map { .integer($0) }))
    }

    package func createTask(_ task: TaskCreation, of tick: FencedTick) async throws -> TickOutcome {
        let queue = task.message.queue
        try await list(queue: queue)
        let call = try creation(of: task, now: now)
        let keys = RedisKeys(queue: queue)
        let term = tick.leadership.map { RedisArgument.integer($0.term) } ?? .string("")
        let fleet = tick.leadership?.fleet ?? PeriodicSchedulerConfiguration.defaultFleet
        let reply = try await client.evaluate(
            BrokerScripts.createTick,
            keys: [keys.enqueuedTicks(scope: tick.scope), keys.schedulerTerm(ofFleet: fleet)] + call.keys,
            arguments: [
                .integer(tick.tick), .integer(tick.life.secondsRoundedUp), .integer(Self.tickMemory), term,
                .integer(Self.fenceSeconds),
            ] + call.arguments)
        switch try reply.integer() {
        case -2: return .staleTerm
        case -3: return .enqueuedBefore
        default: return .tried(try Self.outcome(reply))
        }
    }

    private static func tickKeys(_ id: String, _ leadership: Leadership) -> [String] {
        [RedisKeys.leader(ofFleet: leadership.fleet), RedisKeys.ticks(ofEntry: id, fleet: leadership.fleet)]
    }
}
