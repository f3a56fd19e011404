import Foundation
import TaskQueue

/// Does what a task's payload says and records each run.
struct BehavingHandler: TaskHandler {
    let recorder: RunRecorder
    let sabotage: Sabotage

    func process(_ task: QueueTask, context: TaskContext) async throws {
        let id = context.taskID
        guard let behaviour = TaskBehaviour(payload: task.payload ?? []) else {
            throw SkipRetry("the payload is no behaviour")
        }
        await record(.started, context)
        do {
            let holding = Task { await sabotage.holdLease(of: id, in: context.queue, client: recorder.client) }
            defer { holding.cancel() }
            try await run(behaviour, context)
        } catch {
            switch error {
            case is SkipRetry: await record(.skipped, context)
            case is CancellationError: await record(.cancelled, context)
            case is ReleaseTask: await record(.released, context)
            default: await record(.failed, context)
            }
            throw error
        }
        await record(.succeeded, context)
        if let step = context.step {
            await Task { await sabotage.forgetPredecessors(of: step, in: context.queue, client: recorder.client) }.value
        }
        await Task { await sabotage.writeSuccess(of: id, in: context.queue, client: recorder.client) }.value
    }

    private func run(_ behaviour: TaskBehaviour, _ context: TaskContext) async throws {
        if behaviour.kind == .hold {
            while context.retried < behaviour.times { try await Task.sleep(for: .seconds(3600)) }
        }
        let time = Duration.milliseconds(behaviour.milliseconds)
        if behaviour.kind == .deaf {
            await Task { try? await Task.sleep(for: time) }.value
        } else {
            try await Task.sleep(for: time)
        }
        switch behaviour.kind {
        case .succeed, .deaf, .hold: return
        case .fail: if context.retried < behaviour.times { throw PlannedFailure() }
        case .skipRetry: throw SkipRetry(PlannedFailure())
        case .release: if context.deliveries <= behaviour.times { throw ReleaseTask(after: .milliseconds(100)) }
        case .crash: if context.deliveries <= behaviour.times { kill(getpid(), SIGKILL) }
        }
    }

    private func record(_ event: RunRecord.Event, _ context: TaskContext) async {
        await recorder.record(
            RunRecord(event, task: context.taskID, delivery: context.deliveries, processID: getpid()))
    }
}

/// A failure that the payload asked for.
struct PlannedFailure: Error, CustomStringConvertible {
    var description: String { "failed as planned" }
}
