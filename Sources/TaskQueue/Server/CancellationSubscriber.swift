import Logging

/// Cancels running tasks on request: by asynq's, all runs of this server with the published id, whatever their queue; by ours,
/// the one task.
///
/// A publication that is missed is gone, so requests to cancel for good, which are stored, are looked for as well.
struct CancellationSubscriber: Sendable {
    let broker: any Broker
    let running: RunningTasks
    let lookInterval: Duration
    let logger: Logger

    /// Listens and looks until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await listen() }
            group.addTask { await listenForRequests() }
            group.addTask { await look() }
        }
    }

    private func listen() async {
        for await id in broker.cancellations() {
            for task in running.tasks(withID: id) { task.interrupt(.cancelRequest) }
        }
    }

    private func listenForRequests() async {
        for await request in broker.cancelRequests() {
            for task in running.tasks(withID: request.id) where task.run.message.queue == request.queue {
                task.interrupt(.cancelRequest)
            }
        }
    }

    private func look() async {
        await PeriodicLoop(name: "looking for cancel requests", interval: lookInterval, logger: logger).run {
            let tasks = running.all
            guard !tasks.isEmpty else { return }
            for position in try await broker.cancellationRequests(among: tasks.map(\.run)) {
                tasks[position].interrupt(.cancelRequest)
            }
        }
    }
}
