import ConcurrencySupport
import QueueTestWorker
import TaskQueue

/// What a run does with the features of its sequence.
extension SequenceRun {
    /// Sets the queue's limits, before any worker is there.
    func limit() async throws {
        try await inspector.setConcurrencyLimit(sequence.features.concurrencyLimit, of: Self.queue)
        let rate = sequence.features.rate.map { RateLimit($0.tasksPerSecond, per: .seconds(1), burst: $0.burst) }
        try await inspector.setRateLimit(rate, of: Self.queue)
    }

    /// The lane of the producer of workflows.
    func compose() async throws {
        for flow in sequence.features.workflows {
            try await Task.sleep(for: .milliseconds(flow.pauseMilliseconds))
            let workflow = try flow.step.workflow(queue: Self.queue)
            do {
                try await client.enqueue(workflow)
                operations.withLock { _ = $0.acknowledgedWorkflows.insert(workflow.id) }
            } catch let error as EnqueueError {
                // Its id is nobody else's.
                throw error
            } catch {
                // The connection was lost: stored or not.
            }
        }
    }

    func publishCancel(_ id: String) async {
        operations.withLock { $0.nudges[id, default: 0] += 1 }
        // After a lost answer nobody knows whether it was published.
        try? await inspector.cancelProcessing(id)
    }

    func cancel(_ id: String) async {
        operations.withLock { _ = $0.cancelled.insert(id) }
        do {
            _ = try await inspector.cancel(id, in: Self.queue)
            operations.withLock { _ = $0.acknowledgedCancels.insert(id) }
        } catch let error as InspectorError {
            // Whether it was too late or too early says the error, and it says that nothing was changed.
            guard error.code == .taskNotFound || error.code == .queueNotFound else { return }
            operations.withLock { _ = $0.cancelled.remove(id) }
        } catch {
            // The connection was lost: cancelled or not.
        }
    }

    func cancel(_ workflow: WorkflowPlan) async {
        let steps = workflow.tasks.map(\.id)
        operations.withLock { $0.cancelled.formUnion(steps) }
        do {
            try await inspector.cancelWorkflow(workflow.id, in: Self.queue)
            operations.withLock { _ = $0.acknowledgedWorkflowCancels.insert(workflow.id) }
        } catch let error as InspectorError {
            guard error.code == .workflowNotFound || error.code == .queueNotFound else { return }
            operations.withLock { $0.cancelled.subtract(steps) }
        } catch {
            // The connection was lost: cancelled, in part or not.
        }
    }
}

extension WorkflowPlan {
    /// The workflow as it is enqueued.
    func workflow(queue: String) throws -> Workflow {
        var workflow = try Workflow(queue: queue, id: id)
        for step in steps {
            try workflow.add(
                step.name, QueueTask(type: WorkerSettings.taskType, payload: step.behaviour.payload),
                after: step.predecessors, EnqueueOptions(maxRetry: step.maxRetry, timeout: .seconds(120)))
        }
        return workflow
    }
}
