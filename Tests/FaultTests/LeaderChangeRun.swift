import Foundation
import QueueTestWorker
import Redis

@testable import TaskQueue

/// Schedulers of one fleet in worker processes, of which the leading one is killed, or stopped past its term and resumed, at one
/// step of enqueuing a tick.
struct LeaderChangeRun: Sendable {
    /// What the leader is about to do, or has just done without knowing what came of it.
    enum Step: String, Sendable, CaseIterable {
        case beforeClaim, afterClaim, beforeCreation, afterCreation, beforeSettling, afterSettling
        case beforeRenewal, afterRenewal
        /// Nothing: the tick is settled, the next not due.
        case idle
    }

    /// What is done to its process.
    enum Fault: String, Sendable, CaseIterable { case kill, stop }

    /// What came of it.
    struct Report: Sendable {
        let checker: InvariantChecker
        /// The fleet's own violations and the checker's.
        let violations: [Violation]
        /// The process of the first leader.
        let first: Int32
        /// The ids of the entries that were listed after the change, and after the old leader had gone on.
        let listed: [String]
        let log: String
    }

    /// The entries: one with a task id per tick, one without.
    static let entries = [
        PeriodicPlan(id: "named", everySeconds: 1, hasTaskIDPerTick: true), PeriodicPlan(id: "plain", everySeconds: 1),
    ]
    private static let fleetName = PeriodicSchedulerConfiguration.defaultFleet
    /// How many ticks are awaited before a fault and after a change.
    private static let ticksAwaited = 1

    private let watch: FleetWatch

    /// Runs it from the start of its processes to their end.
    ///
    /// - Parameters:
    ///   - step: Where the leader is when the fault comes.
    ///   - fault: What it is.
    ///   - removesFence: Whether the queue's memory of terms and ticks is deleted before the old leader goes on.
    /// - Returns: What came of it.
    /// - Throws: What kept the test itself from running.
    static func report(at step: Step, _ fault: Fault, removesFence: Bool = false) async throws -> Report {
        var settings = WorkerSettings(redis: "", queue: SequenceRun.queue, liveness: FaultTests.liveness)
        settings.periodic = PeriodicPlans(entries: entries)
        return try await FleetWatch.onFleet(settings) { watch in
            try await Self(watch: watch).run(at: step, fault, removesFence: removesFence)
        }
    }

    private func run(at step: Step, _ fault: Fault, removesFence: Bool) async throws -> Report {
        let fleet = watch.fleet
        try await watch.load([BrokerScripts.elect, BrokerScripts.claimTick, BrokerScripts.createTick])
        let trap = try await fleet.makeTrap()
        try await fleet.startWorker(through: trap)
        try await awaitTicks()
        let first = await fleet.processID(of: 0)
        try await fleet.startWorkers(1)
        try await watch.until("the second worker is there") { try await watch.inspector.servers().count == 2 }
        await strike(first, at: step, fault, trap)
        try await watch.until("the fault has come") { step == .idle || trap.hasSprung }
        if fault == .kill { trap.release(dropping: true) }
        try await watch.until("another process leads") { try await leader().map { $0 != first } ?? false }
        try await awaitTicks()
        if fault == .stop {
            if removesFence { try await self.removeFence() }
            await fleet.signal(SIGCONT, worker: 0)
            trap.release(dropping: false)
            try await watch.until("the old leader has learnt of it") {
                fleet.log.split(separator: "\n").contains {
                    $0.contains("the scheduler leads its fleet no more") && $0.contains(":\(first):")
                }
            }
            try await awaitTicks()
        }
        try await watch.until("each entry is listed once") {
            try await watch.inspector.schedulerEntries().map(\.id).sorted() == Self.entries.map(\.id)
        }
        let listed = try await watch.inspector.schedulerEntries().map(\.id).sorted()
        await fleet.stopWorkers(patience: SequenceRun.patience)
        var features = FaultFeatures()
        features.periodic = PeriodicPlans(entries: Self.entries)
        let checker = try await watch.judge([], Operations(), features)
        return Report(
            checker: checker, violations: await fleet.violations + checker.violations, first: first, listed: listed,
            log: fleet.log)
    }

    private func strike(_ process: Int32, at step: Step, _ fault: Fault, _ trap: CommandTrap) async {
        let signal = fault == .kill ? SIGKILL : SIGSTOP
        let spring: @Sendable () -> Bool = { kill(process, signal) == 0 }
        switch step {
        case .beforeClaim: trap.set(BrokerScripts.claimTick.sha1, .before, spring: spring)
        case .afterClaim: trap.set(BrokerScripts.claimTick.sha1, .after, spring: spring)
        case .beforeCreation: trap.set(BrokerScripts.createTick.sha1, .before, spring: spring)
        case .afterCreation: trap.set(BrokerScripts.createTick.sha1, .after, spring: spring)
        case .beforeSettling: trap.set(Self.settlingMark, .before, spring: spring)
        case .afterSettling: trap.set(Self.settlingMark, .after, spring: spring)
        case .beforeRenewal: trap.set(BrokerScripts.elect.sha1, .before, spring: spring)
        case .afterRenewal: trap.set(BrokerScripts.elect.sha1, .after, spring: spring)
        case .idle: _ = spring()
        }
    }

    /// What only the command that settles a tick begins with.
    private static let settlingMark =
        "HDEL\r\n$\(RedisKeys.ticks(ofEntry: entries[0].id, fleet: fleetName).utf8.count)\r\n"

    /// The process that leads; `nil` between two terms.
    private func leader() async throws -> Int32? {
        let held = try await watch.control.send("GET", .string(RedisKeys.schedulerLeader)).optionalBytes()
        let words = held.map { String(decoding: $0, as: UTF8.self) }?.split(separator: ":") ?? []
        return words.count > 1 ? Int32(words[words.count - 2]) : nil
    }

    /// Waits until each entry has had some more ticks than now.
    private func awaitTicks() async throws {
        for entry in Self.entries {
            let before = try await ticks(of: entry)
            try await watch.until("\(entry.id) has had more ticks") {
                try await ticks(of: entry) >= before + Self.ticksAwaited
            }
        }
    }

    private func ticks(of entry: PeriodicPlan) async throws -> Int {
        let key = watch.keys.enqueuedTicks(scope: entry.scope)
        return Int(try await watch.control.send("ZCARD", .string(key)).integer())
    }

    private func removeFence() async throws {
        let keys =
            Self.entries.map { watch.keys.enqueuedTicks(scope: $0.scope) }
            + [watch.keys.schedulerTerm(ofFleet: Self.fleetName)]
        for key in keys { try await watch.control.send("DEL", .string(key)) }
    }
}
