import Foundation
import PostgresTestSupport
import RedisTestSupport
import TaskEvents
import Testing

/// I6 and I8: whenever one of two workers dies, the workflow ends and Postgres holds what an undisturbed run leaves.
@Suite(.requiresRedis, .requiresPostgres, .timeLimit(.minutes(10)), .serialized)
struct KilledWorkerTests {
    /// A moment in the life of a sync, told by its events.
    struct Moment: Sendable, CustomTestStringConvertible {
        let kind: TaskEvent.Kind
        var phase: String?
        var state: String?

        var testDescription: String { [kind.rawValue, phase, state].compactMap(\.self).joined(separator: " ") }

        func matches(_ event: TaskEvent) -> Bool {
            event.kind == kind && (phase == nil || event.body["phase"]?.stringValue == phase)
                && (state == nil || event.body["state"]?.stringValue == state)
        }
    }

    static let moments = [
        Moment(kind: .started), Moment(kind: .phase, phase: "ods", state: "begin"),
        Moment(kind: .progress, phase: "ods"), Moment(kind: .errors), Moment(kind: .phase, phase: "ods", state: "end"),
        Moment(kind: .phase, phase: "amion", state: "begin"), Moment(kind: .progress, phase: "amion"),
        Moment(kind: .phase, phase: "amion", state: "end"), Moment(kind: .phase, phase: "coverage", state: "begin"),
        Moment(kind: .phase, phase: "coverage", state: "end"),
    ]

    static let arguments = [
        "sync", Installation.sample("north-coverage.ods"), "--hospital", "NORTH", "--from", "2026-03-02", "--to",
        "2026-04-30",
    ]

    @Test(.redisDatabase, .postgresSchema(migrated: true), arguments: moments)
    func `a worker killed at any moment leaves what an undisturbed run leaves`(moment: Moment) async throws {
        let installation = try await Installation()
        try installation.startWorkers(2)
        let taskID = UUID().uuidString.lowercased()
        let enqueued = try await installation.schedcu(Self.arguments + ["--task-id", taskID])
        try #require(enqueued.status == 0, "\(enqueued.errors)")

        var isKilled = false
        var last: TaskEvent?
        var sequence: [Int] = []
        try await installation.follow(taskID) { event in
            sequence.append(event.seq)
            last = event
            if !isKilled, moment.matches(event),
                let pid = event.worker.split(separator: ":").last.flatMap({ Int32($0) })
            {
                isKilled = true
                installation.workers.first { $0.id == pid }?.signal(SIGKILL)
            }
            return event.kind.endsTask
        }
        #expect(isKilled)
        #expect(last?.kind == .finished)
        #expect(sequence == Array(1...sequence.count), "I7: no gap and no repeat")
        let left = try await installation.effects()

        try await installation.forgetTasks()
        let undisturbed = try await installation.schedcu(Self.arguments + ["--watch"])
        #expect(undisturbed.status == 0 || undisturbed.status == 2, "\(undisturbed.errors)")
        #expect(try await installation.effects() == left)
        #expect(left.contains { $0.hasPrefix("assignment ") })
    }
}
