import ConcurrencySupport
import Dispatch
import Foundation
import Logging
import ScheduleImport
import ScheduleModel
import Testing

@testable import ScheduleWorkflow
@testable import TaskEvents

/// F2: findings leave while the workbook is still being read (domain 15).
@Suite(.timeLimit(.minutes(1))) struct FindingStreamTests {
    static func reporter(_ send: @escaping @Sendable ([PendingEvent]) -> Void) -> TaskReporter {
        TaskReporter(
            source: EventSource(taskID: "t", type: "ods:import", queue: "q", attempt: 1, worker: "h:1"),
            timeline: .system, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, send: send)
    }

    static func message(_ row: Int) -> ValidationMessage {
        ValidationMessage(.error, "INVALID_VALUE", "bad", location: MessageLocation(row: row))
    }

    @Test func `the first finding leaves while every import is still at its first bad row`() async throws {
        let context = HospitalContext(
            id: Identifier(DeterministicID.uuid("test")), code: "NORTH", zone: .utc,
            vocabulary: try ShiftVocabulary(ShiftType.initial))
        let options = ImportOptions(maxErrorRate: 1, today: LocalDate(dayNumber: 20_000))
        let importer = ScheduleImporter(context: context, options: options)
        let bytes = ImportFixture.list(["2026-03-06,Technologist,1", "2026-03-06,Night,1"])
        // More imports at once than the pool has threads: each stands still until its own first event is out.
        let count = ProcessInfo.processInfo.activeProcessorCount * 2 + 2
        let created = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<count {
                group.addTask {
                    let isOut = DispatchSemaphore(value: 0)
                    let stream = FindingStream(
                        Self.reporter { events in
                            if events.contains(where: { $0.kind == .errors }) { isOut.signal() }
                        })
                    return try await OwnThreadExecutor.run("test") {
                        try importer.read(bytes) { message in
                            stream.found(message)
                            isOut.wait()
                        }.counters.created
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(created == count)
    }

    @Test(arguments: [(0, 0), (999, 999), (1000, 1000), (1001, 1001), (5000, 1001)])
    func `a thousand findings are sent, and more are one note with the exact total`(
        found: Int, sent: Int
    ) async throws {
        let events = LockedValue<[TaskEvent]>([])
        let reporter = Self.reporter { sent in
            let decoded = sent.compactMap {
                try? TaskEvent(decoding: $0.prefix + Array("\($0.number)".utf8) + $0.suffix)
            }
            events.withLock { $0 += decoded }
        }
        let stream = FindingStream(reporter)
        for row in 0..<found { stream.found(Self.message(row + 1)) }
        stream.ended()
        stream.ended()
        #expect(await reporter.flush())
        let all = events.withLock { $0 }
        let messages = all.flatMap { $0.body["messages"]?.arrayValue ?? [] }
        #expect(messages.count == sent)
        #expect(all.last?.body["total"]?.intValue ?? 0 == found)
        let rows = messages.compactMap { $0["location"]?["row"]?.intValue }
        #expect(rows == Array((1...1000).prefix(found)))
        #expect(messages.contains { $0["code"] == "MESSAGES_TRUNCATED" } == (found > 1000))
    }
}
