import Foundation

extension InMemoryBroker {
    package func dequeue(_ plan: DequeuePlan, worker: WorkerIdentity) async throws -> DequeueResult {
        change { $0.dequeue(plan, worker: worker, at: $1) }
    }

    package func isPaused(queue: String) async throws -> Bool {
        change(in: queue) { queue, _ in queue.isPaused }
    }

    package func markAlone(_ run: TaskRun) async throws -> OutcomeWrite {
        change(in: run.message.queue) { queue, _ in queue.change(run) { $0.alone = run.owner ?? "" } }
    }

    package func writeResult(_ bytes: [UInt8], of run: TaskRun) async throws -> OutcomeWrite {
        change(in: run.message.queue) { queue, _ in queue.change(run) { $0.result = bytes } }
    }

    package func extendLeases(of runs: [TaskRun], in queue: String) async throws -> [TaskRun] {
        change(in: queue) { $0.extendLeases(of: runs, at: $1) }
    }

    package func isCancellationRequested(of run: TaskRun) async throws -> Bool {
        change(in: run.message.queue) { queue, _ in queue.tasks[ExactText(run.message.id)]?.isCancelled ?? false }
    }

    package func cancellationRequests(among runs: [TaskRun]) async throws -> [Int] {
        change { state, _ in
            runs.indices.filter { index in
                let message = runs[index].message
                return state[message.queue].tasks[ExactText(message.id)]?.isCancelled ?? false
            }
        }
    }

    package func options(of run: TaskRun) async throws -> StoredOptions {
        change(in: run.message.queue) { queue, _ in
            queue.tasks[ExactText(run.message.id)]?.options ?? StoredOptions()
        }
    }

    package func ending(ofTask id: String, in queue: String) async throws -> TaskEnding {
        change(in: queue) { queue, _ in queue.ending(of: ExactText(id)) }
    }
}
