import Foundation

@testable import TaskQueue

/// One call of a broker, told in numbers so that it can be made of two brokers: runs, sets and terms are counted from the
/// latest back, which is 0.
enum BrokerStep {
    enum Ending: CaseIterable {
        case done, complete, retry, retryWithoutFailure, archive, requeue, rescue, release, drop, result, alone
        case doneHandingOver, completeHandingOver, restore
    }

    enum Look: CaseIterable {
        case forward, nextDue, expiredCompleted, expiredLeases, trim, names, groups, reclaim, sweep, relist
    }

    case create([TaskCreation])
    case createTick(TaskCreation, FencedTick)
    case fence(Leadership)
    case stand(scheduler: String, above: Int64)
    case resign(term: Int)
    case adopt(entry: String, spec: String, baseline: Int64, term: Int)
    case claim(Int64, entry: String, term: Int)
    case settle([Int64], entry: String)
    case workflow(ComposedWorkflow)
    case dequeue(limit: Int, worker: Int)
    case end(Ending, run: Int, next: TaskMessage)
    case extend([Int])
    case ask(run: Int)
    case orphans(running: Set<Int>)
    case ending(id: String)
    case results([String])
    case look(Look, limit: Int)
    case stage(group: String, GroupAggregation.Limits)
    case members(set: Int)
    case finish(set: Int, dropping: Int, TaskMessage, TaskPlacement, uniqueFor: Duration?)
    case giveBack(set: Int)
    case cancel(id: String)
    case pause(Bool)
    case limits(QueueLimits)
    case archiveLimits(ArchiveLimits)
}

/// A broker with the runs and sets that it has given so far.
struct BrokerSide {
    static let queue = "default"
    let under: BrokerUnderTest
    private var runs: [TaskRun] = []
    private var sets: [StagedSet] = []
    private var terms: [Leadership] = []

    init(_ kind: BrokerKind, clock: BrokerClock) throws { under = try BrokerUnderTest(kind, clock: clock) }

    /// Makes a call, and says what was answered without what is random.
    mutating func perform(_ step: BrokerStep) async throws -> String {
        let broker = under.broker
        switch step {
        case .create(let creations): return "\(try await broker.create(creations))"
        case .createTick(let creation, let tick): return "\(try await broker.createTask(creation, of: tick))"
        case .fence(let leadership): return "\(try await broker.fence(queue: Self.queue, for: leadership))"
        case .workflow(let flow): return "\(try await broker.create(flow))"
        case .dequeue(let limit, let worker): return try await dequeue(limit, worker)
        case .end(let ending, let run, let next):
            guard let run = runs.latest(run) else { return "no run" }
            return "\(try await end(ending, run, next))"
        case .extend(let wanted):
            let lost = try await broker.extendLeases(of: known(wanted), in: Self.queue)
            return "\(lost.map { name($0) })"
        case .ask(let run):
            guard let run = runs.latest(run) else { return "no run" }
            let isRequested = try await broker.isCancellationRequested(of: run)
            let among = try await broker.cancellationRequests(among: runs)
            return "\(try await broker.options(of: run)) \(isRequested) \(among)"
        case .orphans(let running):
            let owners = Set(known(running.sorted()).compactMap(\.owner))
            let found = try await broker.orphanedTasks(in: [Self.queue], besides: under.worker, running: owners)
            return "\(found.map { "\(name($0.run)) \($0.isAlone)" }.sorted())"
        case .ending(let id): return "\(try await broker.ending(ofTask: id, in: Self.queue))"
        case .results(let ids): return "\(try await broker.results(ofTasks: ids, in: Self.queue))"
        case .look(let look, let limit): return try await self.look(look, limit)
        case .cancel(let id):
            do { return "\(try await under.cancel(id))" } catch let error as InspectorError {
                return error.code == .wrongState ? "refused" : "missing"
            }
        case .pause(let isPaused):
            if isPaused != (try await broker.isPaused(queue: Self.queue)) {
                try await isPaused ? under.pause(Self.queue) : under.unpause(Self.queue)
            }
            return ""
        case .limits(let limits):
            try await under.setLimits(limits)
            return ""
        case .archiveLimits(let limits):
            try await under.setArchiveLimits(limits)
            return ""
        case .stage, .members, .finish, .giveBack: return try await group(step)
        case .stand, .resign, .adopt, .claim, .settle: return try await lead(step)
        }
    }

    private mutating func dequeue(_ limit: Int, _ worker: Int) async throws -> String {
        let identity = WorkerIdentity(host: "h|\(worker)", pid: 1, serverID: "s")
        let result = try await under.broker.dequeue(
            DequeuePlan(from: [Self.queue], limit: limit), worker: worker == 0 ? under.worker : identity)
        runs += result.tasks.map(\.run)
        let tasks = result.tasks.map {
            "\($0.run.encodedMessage) \($0.leaseExpiresAt.timeIntervalSince1970) \($0.deliveries) \($0.crashes) \($0.options)"
        }
        let holds = result.holds.mapValues { if case .rated = $0 { "rated" } else { "full" } }
        return "\(tasks) \(holds)"
    }

    private func end(_ ending: BrokerStep.Ending, _ run: TaskRun, _ next: TaskMessage) async throws -> OutcomeWrite {
        let broker = under.broker
        let later = under.clock.now + Double(next.timeoutSeconds)
        return switch ending {
        case .done: try await broker.done(run)
        case .complete: try await broker.complete(run)
        case .retry: try await broker.retry(run, at: later, error: "why", isFailure: true)
        case .retryWithoutFailure: try await broker.retry(run, at: later, error: "", isFailure: false)
        case .archive: try await broker.archive(run, error: "poison")
        case .requeue: try await broker.requeue(run)
        case .rescue: try await broker.rescue(run)
        case .release: try await broker.release(run, until: later)
        case .drop: try await broker.drop(run)
        case .result: try await broker.writeResult(Array(next.id.utf8), of: run)
        case .alone: try await broker.markAlone(run)
        case .doneHandingOver: try await broker.done(run, handingOverTo: next)
        case .completeHandingOver: try await broker.complete(run, handingOverTo: next)
        case .restore: try await broker.restoreFromPoison(run, reason: "poison")
        }
    }

    private func look(_ look: BrokerStep.Look, _ limit: Int) async throws -> String {
        let (broker, queue) = (under.broker, Self.queue)
        switch look {
        case .forward: return "\(try await broker.forward(queue: queue))"
        case .nextDue: return "\(try await broker.nextDue(queues: [queue, "none"]))"
        case .expiredCompleted: return "\(try await broker.deleteExpiredCompleted(queue: queue, limit: limit))"
        case .expiredLeases:
            let found = try await broker.expiredLeases(queue: queue, cutoff: under.clock.now - Double(limit))
            return "\(found.map { name($0) })"
        case .trim: return "\(try await broker.trimArchive(queue: queue, limit: limit))"
        case .names: return "\(try await broker.queueNames().sorted())"
        case .groups: return "\(try await broker.groups(in: queue).sorted())"
        case .reclaim: return "\(try await broker.reclaimStaleSets(in: queue))"
        case .sweep: return "\(try await broker.sweepWorkflows(in: queue))"
        case .relist: return "\(try await broker.relistLostGroups(atMostEvery: .milliseconds(1)))"
        }
    }

    private mutating func group(_ step: BrokerStep) async throws -> String {
        let broker = under.broker
        switch step {
        case .stage(let group, let limits):
            let set = try await broker.stageGroup(group, in: Self.queue, limits: limits)
            if let set { sets.append(set) }
            return "\(String(describing: set?.deadline.timeIntervalSince1970))"
        case .members(let place):
            guard let set = set(place) else { return "no set" }
            return "\(try await broker.members(of: set).map { try $0.encoded() })"
        case .finish(let place, let dropped, let task, let placement, let life):
            guard let set = set(place) else { return "no set" }
            let members = Array(try await broker.members(of: set).dropFirst(dropped))
            let outcome = try await broker.finish(
                set, members: members, as: task, placement: placement, uniqueFor: life)
            return "\(outcome)"
        case .giveBack(let place):
            if let set = set(place) { try await broker.giveBack(set) }
            return ""
        default: return ""
        }
    }

    private mutating func lead(_ step: BrokerStep) async throws -> String {
        let (broker, life) = (under.broker, Duration.seconds(100_000))
        switch step {
        case .stand(let scheduler, let floor):
            let outcome = try await broker.standForElection(
                schedulerID: scheduler, fleet: "default", life: life, above: floor)
            if case .leads(let leadership, _) = outcome { terms.append(leadership) }
            return "\(outcome)"
        case .resign(let term):
            if let term = terms.latest(term) { try await broker.resign(term) }
            return ""
        case .adopt(let entry, let spec, let baseline, let term):
            guard let term = terms.latest(term) else { return "no term" }
            let ticks = try await broker.adoptTicks(
                ofEntry: entry, spec: spec, baseline: baseline, life: life, for: term)
            return "\(String(describing: ticks?.last)) \(ticks?.open.sorted() ?? [])"
        case .claim(let tick, let entry, let term):
            guard let term = terms.latest(term) else { return "no term" }
            return "\(try await broker.claimTick(tick, ofEntry: entry, life: life, for: term))"
        case .settle(let ticks, let entry):
            try await broker.settleTicks(ticks, ofEntry: entry, fleet: "default")
            return ""
        default: return ""
        }
    }

    private func set(_ place: Int) -> StagedSet? { sets.latest(place) }

    private func known(_ wanted: [Int]) -> [TaskRun] { wanted.compactMap { runs.latest($0) } }

    /// Which of the runs it is, and what it is of.
    private func name(_ run: TaskRun) -> String {
        "\(String(describing: runs.firstIndex(of: run))) \(run.encodedMessage)"
    }
}

extension Array {
    /// The element that is so many before the last one, if there is one.
    fileprivate func latest(_ back: Int) -> Element? { (0..<count).contains(back) ? self[count - 1 - back] : nil }
}
