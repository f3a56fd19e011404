import Logging

/// Cancels running tasks on request: by asynq's, all runs of this server with the published id, whatever their queue; by ours,
/// the one task whose cancellation is stored.
///
/// A publication that is missed is gone, so the stored requests are looked for as well.
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
            let tasks = running.tasks(withID: request.id).filter { $0.run.message.queue == request.queue }
            do { try await interruptRequested(among: tasks) } catch {
                logger.debug("a cancel request is left to the next look", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Interrupts those whose cancellation is stored: a channel is of the whole server, also of its other databases.
    private func interruptRequested(among tasks: [RunningTask]) async throws {
        guard !tasks.isEmpty else { return }
        for position in try await broker.cancellationRequests(among: tasks.map(\.run)) {
            tasks[position].interrupt(.cancelRequest)
        }
    }

    private func look() async {
        await PeriodicLoop(name: "looking for cancel requests", interval: lookInterval, logger: logger).run {
            try await interruptRequested(among: running.all)
        }
    }
}
