package import Foundation

extension InMemoryBroker {
    package func forward(queue: String) async throws -> Int { change(in: queue) { $0.forward(at: $1) } }

    package func nextDue(queues: [String]) async throws -> [String: Date] {
        change { state, _ in
            var next: [String: Date] = [:]
            for queue in queues { next[queue] = state[queue].nextDue }
            return next
        }
    }

    package func deleteExpiredCompleted(queue: String, limit: Int) async throws -> Int {
        change(in: queue) { $0.deleteExpiredCompleted(limit: limit, at: $1) }
    }

    package func expiredLeases(queue: String, cutoff: Date) async throws -> [TaskRun] {
        change(in: queue) { queue, _ in queue.expiredLeases(upTo: cutoff) }
    }

    package func orphanedTasks(
        in queues: [String], besides worker: WorkerIdentity, running: Set<String>
    ) async throws -> [OwnedTask] {
        change { state, _ in state.orphans(in: queues, besides: worker, running: running, uptime: .now) }
    }

    package func trimArchive(queue: String, limit: Int) async throws -> Int {
        guard limit > 0 else { return 0 }
        return change(in: queue) { $0.trimArchive(limit: limit, at: UnixTime.seconds($1)) }
    }

    package func writeServerState(
        _ info: ServerInfo, workers: [WorkerInfo], worker: WorkerIdentity, liveness: Duration
    ) async throws {
        let uptime = ContinuousClock.now
        change { state, _ in state.live(worker.id, until: uptime + liveness, uptime: uptime) }
    }

    package func clearServerState(worker: WorkerIdentity) async throws {
        change { state, _ in state.end(worker.id) }
    }

    package func storeTime() async throws -> Date { now }

    package func storeFacts() async throws -> StoreFacts { StoreFacts(info: "", evictionPolicy: nil) }
}
