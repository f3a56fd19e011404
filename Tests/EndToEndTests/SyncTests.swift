import Foundation
import PostgresTestSupport
import RedisTestSupport
import TaskEvents
import TaskQueue
import Testing

/// The main job as a person runs it: the built producer, workers and stand-in on real servers.
@Suite(.requiresRedis, .requiresPostgres, .redisDatabase, .postgresSchema(migrated: true), .timeLimit(.minutes(5)))
struct SyncTests {
    @Test func `a sync ends with coverage, its gaps and eight counted statements`() async throws {
        let installation = try await Installation()
        try installation.startWorkers(2)
        let id = UUID().uuidString.lowercased()
        let sync = try await installation.schedcu([
            "sync", Installation.sample("north-coverage.ods"), "--hospital", "NORTH", "--watch", "--json", "--task-id",
            id,
        ])
        #expect(sync.status == 0, "\(sync.errors)")
        let task = try JSONValue(parsing: try #require(try await installation.task(id).result))
        let counts = task["metadata"]?["query_counts"]
        #expect(counts?["ods"]?.intValue == 3)
        #expect(counts?["amion"]?.intValue == 3)
        #expect(counts?["coverage"]?.intValue == 2)
        #expect(counts?["total"]?.intValue == 8)
        let codes = Set(
            (task["validation"]?["messages"]?.arrayValue ?? []).compactMap { $0["code"]?.stringValue })
        #expect(codes.isSuperset(of: ["UNCOVERED_WORKLIST", "DUPLICATE_GRID", "OVERLAPPING_SHEETS"]))
        let gaps = task["coverage"]?["worklist_gaps"]?.arrayValue ?? []
        #expect(gaps.contains { $0["reason"]?.stringValue == "NO_ROLE" && $0["campus"]?.stringValue == "KIDS" })
    }

    @Test func `the row errors of a dated list are streamed with their cells and the sync is partial`() async throws {
        let installation = try await Installation()
        try installation.startWorkers(1)
        let sync = try await installation.schedcu([
            "sync", Installation.sample("morning-list.ods"), "--hospital", "NORTH", "--watch",
        ])
        #expect(sync.status == 2, "\(sync.errors)")
        let shown = sync.output + sync.errors
        #expect(shown.contains("INVALID_VALUE"))
        #expect(shown.contains("UNKNOWN_SHIFT_TYPE"))
        #expect(shown.contains("MISSING_REQUIRED_FIELD"))
    }

    @Test func `a malformed payload is archived with its reason, and the worker lives on`() async throws {
        let installation = try await Installation()
        try installation.startWorkers(1)
        let id = try await installation.enqueueRaw(type: "ods:import", payload: Array("{not json".utf8))
        try await installation.follow(id) { $0.kind.endsTask }
        let task = try await installation.task(id)
        #expect(task.state == .archived)
        #expect(task.retried == 0)
        #expect(task.lastError?.contains("bad payload") == true)
        let sync = try await installation.schedcu([
            "sync", Installation.sample("morning-list.ods"), "--hospital", "NORTH", "--watch",
        ])
        #expect(sync.status == 2, "\(sync.errors)")
    }

    @Test func `without Postgres a task is kept for a retry, and the worker lives on`() async throws {
        let installation = try await Installation()
        try installation.startWorkers(1, environment: ["SCHEDCU_POSTGRES_URL": "postgresql://127.0.0.1:1/none"])
        let ids = [UUID().uuidString.lowercased(), UUID().uuidString.lowercased()]
        for id in ids {
            let enqueued = try await installation.schedcu(KilledWorkerTests.arguments + ["--task-id", id])
            #expect(enqueued.status == 0, "\(enqueued.errors)")
            try await installation.follow(id) { $0.kind == .retrying }
            let task = try await installation.task(id)
            #expect(task.state == .retry)
            #expect(task.retried == 1)
        }
        #expect(try await installation.effects() == [])
    }

    @Test func `a worker told to end hands its task back and another finishes it`() async throws {
        let installation = try await Installation()
        try installation.startWorkers(2)
        let id = UUID().uuidString.lowercased()
        _ = try await installation.schedcu(KilledWorkerTests.arguments + ["--task-id", id])
        var isAsked = false
        var last: TaskEvent.Kind?
        try await installation.follow(id) { event in
            if !isAsked, event.kind == .phase, let pid = event.worker.split(separator: ":").last.flatMap({ Int32($0) })
            {
                isAsked = true
                installation.workers.first { $0.id == pid }?.signal(SIGTERM)
            }
            last = event.kind
            return event.kind.endsTask
        }
        #expect(last == .finished)
    }
}
