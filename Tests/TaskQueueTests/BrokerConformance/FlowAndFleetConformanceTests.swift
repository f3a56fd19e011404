import Foundation
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Workflows, and schedulers that elect a leader, on both brokers.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct FlowAndFleetConformanceTests {
    private func flow(_ steps: [(String, [String])]) throws -> ComposedWorkflow {
        var flow = try Workflow(id: "f")
        for (name, predecessors) in steps { try flow.add(name, QueueTask(type: name), after: predecessors) }
        return try ComposedWorkflow(flow)
    }

    @Test(arguments: BrokerKind.allCases)
    func `a step starts with the success of the last of its predecessors, once`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let flow = try flow([("a", []), ("b", []), ("c", ["a", "b"]), ("d", ["c"])])
        #expect(try await under.broker.create(flow) == .created)
        #expect(try await under.broker.create(flow) == .workflowIDConflict)
        #expect(try await under.look().pending == ["f.a", "f.b"])
        let first = try await under.taken().run
        #expect(try await under.broker.complete(first) == .written)
        #expect(try await under.broker.complete(first) == .superseded)
        #expect(try await under.look().pending == ["f.b"])
        for next in ["f.c", "f.d"] {
            #expect(try await under.broker.complete(under.taken().run) == .written)
            #expect(try await under.look().pending == [next])
        }
        #expect(try await under.broker.complete(under.taken().run) == .written)
        let look = try await under.look()
        #expect(look.workflows == ["f": 0] && look.startedSteps.isEmpty && look.completed.count == 4)
        #expect(try await under.broker.sweepWorkflows(in: "default") == 0)
    }

    @Test(arguments: BrokerKind.allCases)
    func `a workflow whose step's id is taken is refused as a whole`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        try await under.create(["f.b"])
        let before = try await under.look()
        #expect(try await under.broker.create(try flow([("a", []), ("b", ["a"])])) == .taskIDConflict)
        #expect(try await under.look() == before)
    }

    @Test(arguments: BrokerKind.allCases)
    func `a success that was recorded by no script of ours is handed over by the sweep`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        // The id of the second step is taken by a task that is completed before the step starts.
        #expect(try await under.broker.create(try flow([("a", []), ("b", ["a"]), ("c", ["b"])])) == .created)
        let first = try await under.taken().run
        #expect(try await under.broker.complete(under.running(under.message("f.b", retention: 60)).run) == .written)
        #expect(try await under.broker.complete(first) == .written)
        #expect(try await under.look().pending == [])
        #expect(try await under.broker.sweepWorkflows(in: "default") == 1)
        #expect(try await under.look().pending == ["f.c"])
    }

    @Test(arguments: BrokerKind.allCases)
    func `U1: one scheduler leads, its successor has a higher term and knows it`(kind: BrokerKind) async throws {
        let broker = try BrokerUnderTest(kind).broker
        func stand(_ id: String, above floor: Int64 = 0) async throws -> ElectionOutcome {
            try await broker.standForElection(schedulerID: id, fleet: "f", life: .seconds(1000), above: floor)
        }
        let first = Leadership(fleet: "f", schedulerID: "a", term: 1)
        #expect(try await stand("a") == .leads(first, predecessor: nil))
        #expect(try await stand("b") == .follows)
        #expect(try await stand("a") == .leads(first, predecessor: nil))
        try await broker.resign(Leadership(fleet: "f", schedulerID: "b", term: 1))
        #expect(try await stand("b") == .follows)
        try await broker.resign(first)
        let second = Leadership(fleet: "f", schedulerID: "b", term: 8)
        #expect(try await stand("b", above: 7) == .leads(second, predecessor: "a"))
        #expect(try await broker.fence(queue: "q", for: second) == 8)
        #expect(try await broker.fence(queue: "q", for: first) == 8)
        #expect(try await broker.claimTick(5, ofEntry: "e", life: .seconds(60), for: first) == .notLeader)
        #expect(
            try await broker.adoptTicks(ofEntry: "e", spec: "s", baseline: 0, life: .seconds(60), for: first) == nil)
    }

    @Test(arguments: BrokerKind.allCases)
    func `U1: a tick is claimed once, and is open until it is settled`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let broker = under.broker
        let now = Int64(under.clock.now.timeIntervalSince1970)
        let outcome = try await broker.standForElection(
            schedulerID: "a", fleet: "f", life: .seconds(1000), above: 0)
        guard case .leads(let leadership, _) = outcome else {
            Issue.record("no leader: \(outcome)")
            return
        }
        func adopt(_ spec: String = "s", baseline: Int64) async throws -> StoredTicks? {
            try await broker.adoptTicks(
                ofEntry: "e", spec: spec, baseline: baseline, life: .seconds(1000), for: leadership)
        }
        func claim(_ tick: Int64) async throws -> TickClaim {
            try await broker.claimTick(tick, ofEntry: "e", life: .seconds(1000), for: leadership)
        }
        #expect(try await adopt(baseline: now - 60) == StoredTicks(last: now - 60, open: []))
        #expect(try await claim(now) == .claimed)
        #expect(try await claim(now) == .claimed, "its answer may have been lost")
        #expect(try await claim(now - 30) == .taken)
        #expect(try await adopt(baseline: now - 60) == StoredTicks(last: now, open: [now]))
        try await broker.settleTicks([now], ofEntry: "e", fleet: "f")
        #expect(try await claim(now) == .taken)
        #expect(try await adopt("another", baseline: now + 60) == StoredTicks(last: now + 60, open: []))
        #expect(try await claim(now + 9000) == .claimed)
        #expect(try await adopt("another", baseline: 0) == StoredTicks(last: now, open: []), "a wrong clock's")
    }

    @Test(arguments: BrokerKind.allCases)
    func `U1: a tick has one try, and none of an earlier term`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        func create(_ id: String, tick: Int64, term: Int64?) async throws -> TickOutcome {
            let leadership = term.map { Leadership(fleet: "f", schedulerID: "a", term: $0) }
            return try await under.broker.createTask(
                TaskCreation(message: under.message(id)),
                of: FencedTick(tick: tick, scope: "e", life: .seconds(1000), leadership: leadership))
        }
        #expect(try await create("1", tick: 60, term: 2) == .tried(.created))
        #expect(try await create("2", tick: 60, term: nil) == .enqueuedBefore)
        #expect(try await create("2", tick: 120, term: 1) == .staleTerm)
        #expect(try await create("1", tick: 120, term: 2) == .tried(.taskIDConflict))
        #expect(try await create("2", tick: 120, term: 3) == .enqueuedBefore)
        #expect(try await create("2", tick: 8000, term: 3) == .tried(.created))
        let look = try await under.look()
        #expect(look.pending == ["1", "2"])
        #expect(look.ticks == ["e": [8000]] && look.terms == ["f": 3])
    }
}
