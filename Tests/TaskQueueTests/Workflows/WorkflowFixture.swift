import Foundation
import Redis
import RedisTestSupport

@testable import TaskQueue

extension BrokerFixture {
    var inspector: TaskInspector { TaskInspector(client: redis.client, now: { [clock] in clock.now }) }

    /// A Go worker beside ours.
    var go: GoFleet { GoFleet(redis: redis.client, clock: { [clock] in clock.now }) }

    /// A workflow of steps by name, each with its predecessors, stored.
    @discardableResult
    func create(
        _ steps: [(String, [String])], id: String = "f", retention: Duration = .seconds(3600)
    ) async throws -> WorkflowCreateOutcome {
        var flow = try Workflow(id: id, retention: retention)
        for (name, predecessors) in steps {
            try flow.add(name, QueueTask(type: name, payload: [1], headers: ["k": "v"]), after: predecessors)
        }
        return try await broker.create(ComposedWorkflow(flow))
    }

    /// Takes the next task and completes it; says which it was.
    @discardableResult
    func completeNext() async throws -> String {
        let run = try await taken().run
        guard try await broker.complete(run) == .written else { throw TestFailure(description: "not written") }
        return run.message.id
    }

    func flow(_ id: String = "f") async throws -> WorkflowInfo { try await inspector.workflow(id, in: "default") }

    /// The states of a workflow's steps.
    func states(_ id: String = "f") async throws -> [String: WorkflowInfo.StepState] {
        let steps = try await flow(id).steps.map { ($0.name, $0.state) }
        return Dictionary(uniqueKeysWithValues: steps)
    }

    func pending() async throws -> [String] { try await strings("LRANGE", "asynq:{default}:pending", 0, -1) }

    func secondsLeft(_ key: String) async throws -> Int { try await integer("TTL", .string(key)) }
}
