import Foundation
import Redis

extension RedisBroker {
    /// How many entries one call of the sweep looks at, so that Redis is not held up: about 1 ms.
    private static let sweepCount = 200

    package func create(_ workflow: ComposedWorkflow) async throws -> WorkflowCreateOutcome {
        try await list(queue: workflow.queue)
        let keys = RedisKeys(queue: workflow.queue)
        let moment = now
        var arguments: [RedisArgument] = [
            .string(workflow.id), .string(keys.taskPrefix), .integer(UnixTime.seconds(moment)),
            .integer(UnixTime.nanoseconds(moment)), .integer(workflow.retentionSeconds),
            .string(workflow.steps.map(\.name).joined(separator: " ")),
        ]
        for step in workflow.steps {
            arguments += [
                .string(step.name), .bytes(try step.message.encoded()),
                .string(step.predecessors.joined(separator: " ")), .string(step.successors.joined(separator: " ")),
                .int(step.predecessors.count),
            ]
        }
        let reply = try await client.evaluate(
            WorkflowScripts.create,
            keys: [keys.workflow(workflow.id), keys.workflows, keys.workflowSteps, keys.pending], arguments: arguments)
        return switch try reply.integer() {
        case 1: .created
        case 0: .workflowIDConflict
        default: .taskIDConflict
        }
    }

    package func sweepWorkflows(in queue: String) async throws -> Int {
        let keys = RedisKeys(queue: queue)
        var handedOver = 0
        try await page { first in
            let moment = now
            let reply = try await client.evaluate(
                WorkflowScripts.sweep, keys: [keys.workflowSteps, keys.pending],
                arguments: [
                    .string(keys.taskPrefix), .string(keys.workflowPrefix), .int(first), .int(Self.sweepCount),
                    .integer(UnixTime.seconds(moment)), .integer(UnixTime.nanoseconds(moment)),
                ]
            ).array()
            if reply.count > 2 { handedOver += Int(try reply[2].integer()) }
            return reply
        }
        try await page { first in
            try await client.evaluate(
                WorkflowScripts.prune, keys: [keys.workflows],
                arguments: [.string(keys.workflowPrefix), .int(first), .int(Self.sweepCount)]
            ).array()
        }
        return handedOver
    }

    /// Goes through a set in parts; `part` says how many entries it looked at and how many of them stay.
    private func page(_ part: (_ first: Int) async throws -> [RedisReply]) async throws {
        var first = 0
        while true {
            try Task.checkCancellation()
            let reply = try await part(first)
            guard reply.count >= 2, try reply[0].integer() >= Self.sweepCount else { return }
            first += Int(try reply[1].integer())
        }
    }

    package func results(ofTasks ids: [String], in queue: String) async throws -> [[UInt8]?] {
        let keys = RedisKeys(queue: queue)
        let replies = try await client.pipeline(
            ids.map { RedisCommand("HGET", [.string(keys.task($0)), "result"]) })
        return try replies.map { try $0.optionalBytes() }
    }

    /// `KEYS` and `ARGV` of ``WorkflowScripts/handOver``; none when the run's task is no step.
    func handOver(of run: TaskRun) -> (keys: [String], arguments: [RedisArgument]) {
        guard let step = StepReference(run.message) else { return ([], []) }
        let keys = RedisKeys(queue: run.message.queue)
        let moment = now
        return (
            [keys.pending, keys.workflowSteps, keys.workflow(step.workflowID)],
            [
                .string(step.name), .string(step.workflowID), .string(keys.taskPrefix),
                .integer(UnixTime.seconds(moment)), .integer(UnixTime.nanoseconds(moment)),
            ]
        )
    }
}
