import QueueTestWorker
import Testing

/// A leading scheduler's process that dies, or stands still past its term, at every step.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct LeaderChangeTests {
    @Test(arguments: LeaderChangeRun.Step.allCases, LeaderChangeRun.Fault.allCases)
    func `a leader that dies or stands still at any step is followed by another, and each tick has its task once`(
        step: LeaderChangeRun.Step, fault: LeaderChangeRun.Fault
    ) async throws {
        let report = try await LeaderChangeRun.report(at: step, fault)
        #expect(report.violations.isEmpty, "\(report.violations)\n\(report.log.suffix(4000))")
        let replay = report.checker.replay
        // The second leader may have lost its own term on a slow machine, so there may be more than two.
        #expect(replay.terms.count > 1)
        #expect(replay.terms.min { $0.key < $1.key }?.value.contains(":\(report.first):") == true)
        #expect(replay.terms.values.contains { !$0.contains(":\(report.first):") })
        #expect(report.listed == LeaderChangeRun.entries.map(\.id))
        for entry in LeaderChangeRun.entries {
            let notes = replay.ticks.notes.filter { $0.scope == entry.scope }
            #expect(notes.count >= 3 && Set(notes.map(\.tick)).count == notes.count, "\(notes)")
        }
    }

    @Test func `a removed fence is found: a leader that stood still enqueues its tick a second time`() async throws {
        let report = try await LeaderChangeRun.report(at: .beforeCreation, .stop, removesFence: true)
        #expect(report.violations.contains { $0.invariant == .tick }, "\(report.violations)")
    }
}
