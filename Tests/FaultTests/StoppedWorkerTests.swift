import QueueTestWorker
import TaskQueue
import Testing

/// A worker process that was stopped for longer than its leases live.
@Suite(.timeLimit(.minutes(5)))
struct StoppedWorkerTests {
    @Test func `I3: a worker stopped past its lease is told when it goes on, and only the newer runs' outcomes stand`()
        async throws
    {
        let report = try await StoppedWorkerRun.report(sabotage: .none)
        #expect(report.violations.isEmpty, "\(report.violations)")
        let (told, late) = (StoppedWorkerRun.told, StoppedWorkerRun.late)
        let old = report.records.filter { $0.processID == report.stopped && $0.event != .started }
        #expect(Set(old.map { "\($0.event) \($0.task)" }) == ["cancelled told", "succeeded late"])
        let new = report.records.filter { $0.processID != report.stopped && $0.event != .started }
        #expect(Set(new.map { "\($0.event) \($0.task)" }) == ["succeeded told", "succeeded late"])
        #expect(report.endedByNewerRun == [told, late])
        // Whichever it met first, its own success's refusal or the news that the task is another's: it said so.
        for id in [told, late] {
            let refusals = report.log.split(separator: "\n").filter {
                $0.contains("belongs to another run") && $0.contains("task-id=\(id)")
            }
            #expect(refusals.count == 1, "\(id): \(report.log)")
        }
        // By asynq's rule, so after lease and grace, at the cost of a retry; counted once each.
        for id in [told, late] {
            #expect(report.messages[id]?.retried == 1)
            #expect(report.messages[id]?.errorMessage == "asynq: task lease expired")
        }
        #expect(Set(report.snapshot.containers["completed"] ?? []) == [told, late])
        #expect(report.snapshot.tasks.mapValues { $0["state"] } == [told: "completed", late: "completed"])
        let totals = report.snapshot.counters.filter { !$0.key.contains("-") }.map { $0.value }.sorted()
        #expect(totals == [2, 4], "2 failures and 2 successes: \(report.snapshot.counters)")
    }

    @Test func `a removed fence is found: the stopped worker's late success ends the newer run`() async throws {
        let report = try await StoppedWorkerRun.report(sabotage: .fence)
        #expect(!report.endedByNewerRun.contains(StoppedWorkerRun.late))
        #expect(report.endedByNewerRun.contains(StoppedWorkerRun.told))
    }
}
