import ConcurrencySupport
import Foundation
import Postgres
import PostgresTestSupport
import RedisTestSupport
import ScheduleImport
import ScheduleModel
import ScheduleTasks
import TaskEvents
import Testing

@testable import ScheduleWorkflow

/// An import in a worker: outcomes, streamed findings, dry runs, and what is left after a failure (domain 4.2, 8 and 15 F2).
@Suite(.requiresRedis, .requiresPostgres, .redisDatabase, .postgresSchema(migrated: true), .timeLimit(.minutes(2)))
struct ImportPhaseTests {
    let fixture: ImportFixture

    init() async throws { fixture = try await ImportFixture() }

    /// So many good rows on days of their own, then so many bad ones.
    static func list(good: Int, bad: Int) -> [UInt8] {
        let days = (0..<good).map { "\(LocalDate(dayNumber: 20_500 + $0)),Night,1" }
        return ImportFixture.list(days + (0..<bad).map { _ in "2026-03-06,Technologist,1" })
    }

    @Test func `a workbook without a bad row is SUCCESS in three statements`() async throws {
        try fixture.putSample("north-coverage.ods", as: "plan.ods")
        let (report, counts) = try await fixture.run("t1")
        #expect(report.outcome == .success)
        counts.expectExactly(3)
        #expect(report.details["grids"] == 13 && report.details["rows"] == 292 && report.details["marks"] == 291)
        #expect(report.details["shifts"] == 920 && report.details["coverage_rules"] == 269)
        let last = try #require(fixture.progress.last)
        #expect(last.body["done"] == last.body["total"] && last.body["eta_s"] == 0)
        #expect(last.body["rows"] == 269 && last.body["bad_rows"] == 0)
    }

    @Test func `bad rows make it PARTIAL, and the stream is the stored report`() async throws {
        try fixture.putSample("morning-list.ods", as: "plan.ods")
        let (report, counts) = try await fixture.run("t1")
        #expect(report.outcome == .partial)
        counts.expectExactly(3)
        #expect(report.details["created"] == 18 && report.details["failed"] == 9)
        let stored = try await fixture.storedValidation()
        let messages = try #require(stored["messages"]?.arrayValue).map(ImportFixture.timeless)
        #expect(messages.count == 16)
        #expect(fixture.streamed == messages)
        #expect(report.messages.map { ImportFixture.timeless(.message($0)) } == messages)
        #expect(fixture.errors.last?.body["total"] == 16)
    }

    @Test func `past a thousand both hold the first thousand and one note, and all counts are exact`() async throws {
        try fixture.put("plan.fods", Self.list(good: 1600, bad: 1500))
        let (report, counts) = try await fixture.run("t1", file: "plan.fods")
        counts.expectExactly(3)
        let stored = try await fixture.storedValidation()
        let messages = try #require(stored["messages"]?.arrayValue).map(ImportFixture.timeless)
        #expect(messages.count == 1001)
        #expect(messages.last?["code"] == "MESSAGES_TRUNCATED")
        #expect(messages.last?["details"] == ["UNKNOWN_SHIFT_TYPE": "1500"])
        #expect(fixture.streamed == messages)
        #expect(report.messages.map { ImportFixture.timeless(.message($0)) } == messages)
        #expect(fixture.errors.last?.body["total"] == 1500)
        #expect(stored["context"]?["counts"] == ["UNKNOWN_SHIFT_TYPE": 1500])
        #expect(stored["context"]?["error_count"] == 1500)
        #expect(report.details["counts"] == ["UNKNOWN_SHIFT_TYPE": 1500])
        let sizes = fixture.errors.map { $0.body["messages"]?.arrayValue?.count ?? 0 }
        #expect(sizes.allSatisfy { (1...100).contains($0) })
    }

    @Test func `too many bad rows stop it with nothing stored`() async throws {
        try fixture.put("plan.fods", Self.list(good: 10, bad: 3000))
        let error = await #expect(throws: ImportFailure.self) { try await fixture.run("t1", file: "plan.fods") }
        #expect(error?.message.code == "ERROR_RATE_EXCEEDED")
        #expect(error?.counters.total == 21)
        #expect(fixture.streamed.last?["code"] == "ERROR_RATE_EXCEEDED")
        #expect(fixture.streamed.count == 12)
        #expect(try await fixture.importedRows() == 0)
        let (report, _) = try await fixture.run("t2", file: "plan.fods") { $0.maxErrorRate = 1 }
        #expect(report.outcome == .partial && report.details["shifts"] == 10)
    }

    @Test func `without leave for a part a bad row keeps everything out`() async throws {
        try fixture.putSample("morning-list.ods", as: "plan.ods")
        let error = await #expect(throws: PhaseFailure.self) {
            try await fixture.run("t1") { $0.allowPartial = false }
        }
        #expect(error?.code == "ODS_IMPORT_FAILED" && error?.isRetriable == false)
        #expect(try await fixture.importedRows() == 0)
        try fixture.putSample("north-coverage.ods", as: "plan.ods")
        #expect(try await fixture.run("t2") { $0.allowPartial = false }.report.outcome == .success)
    }

    @Test func `a cancel before the write leaves no version`() async throws {
        try fixture.putSample("north-coverage.ods", as: "plan.ods")
        fixture.onTime.withLock { $0 = { withUnsafeCurrentTask { $0?.cancel() } } }
        let fixture = fixture
        let task = Task { try await fixture.run("t1") }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await fixture.importedRows() == 0)
    }

    @Test func `the same bytes again are DUPLICATE_BATCH, unless forced`() async throws {
        try fixture.putSample("north-coverage.ods", as: "plan.ods")
        let first = try await fixture.run("t1").report
        let (again, counts) = try await fixture.run("t2")
        counts.expectExactly(2)
        #expect(again.outcome == .success && again.versionID == first.versionID)
        #expect(again.messages.map(\.code) == ["DUPLICATE_BATCH"])
        #expect(fixture.streamed.last?["code"] == "DUPLICATE_BATCH")
        let forced = try await fixture.run("t3") { $0.force = true }.report
        #expect(forced.versionNo == 3 || forced.versionID != first.versionID)
        #expect(forced.outcome == .success && !forced.messages.contains { $0.code == "DUPLICATE_BATCH" })
    }

    @Test func `a dry run says what an import would, and writes nothing`() async throws {
        try fixture.putSample("morning-list.ods", as: "plan.ods")
        let (dry, counts) = try await fixture.run("t1") { $0.dryRun = true }
        counts.expectExactly(1)
        #expect(try await fixture.importedRows() == 0)
        #expect(dry.versionID == nil && dry.details["version_exists"] == false)
        let streamed = fixture.streamed
        let real = try await fixture.run("t2").report
        #expect(fixture.streamed == streamed)
        #expect(dry.outcome == real.outcome && dry.range == real.range)
        #expect(dry.messages.map(\.code) == real.messages.map(\.code))
        for name in ["created", "failed", "shifts", "rows", "counts"] {
            #expect(dry.details[name] == real.details[name])
        }
        let rows = try await fixture.importedRows()
        let twice = try await fixture.run("t3") { $0.dryRun = true }.report
        #expect(twice.messages.map(\.code) == ["DUPLICATE_BATCH"])
        #expect(try await fixture.importedRows() == rows)
    }

    @Test func `a dry run is held against the version that it would fill`() async throws {
        try fixture.putSample("north-coverage.ods", as: "plan.ods")
        let filled = try #require(try await fixture.run("t1").report.versionID)
        try fixture.putSample("morning-list.ods", as: "plan.ods")
        await #expect(throws: (any Error).self) {
            try await fixture.run("t2") {
                $0.dryRun = true
                $0.versionID = filled
            }
        }
    }

    @Test func `what is no file in the import directory is MISSING_FILE, and another digest too`() async throws {
        try fixture.putSample("morning-list.ods", as: "plan.ods")
        let wrong = String(repeating: "0", count: 64)
        let missing = await #expect(throws: PhaseFailure.self) { try await fixture.run("t1", file: "other.ods") }
        let changed = await #expect(throws: PhaseFailure.self) {
            try await fixture.run("t2") { $0.source = .file(name: "plan.ods", sha256: wrong) }
        }
        #expect([missing?.code, changed?.code] == ["MISSING_FILE", "MISSING_FILE"])
        #expect(try await fixture.importedRows() == 0)
    }

    @Test func `a file of 10 MiB is read, and one byte more is FILE_TOO_LARGE`() async throws {
        try fixture.put("plan.ods", [UInt8](repeating: 0x20, count: 10_485_760))
        let read = await #expect(throws: ImportFailure.self) { try await fixture.run("t1") }
        #expect(read?.message.code == "FILE_READ_ERROR")
        try fixture.put("plan.ods", [UInt8](repeating: 0x20, count: 10_485_761))
        let refused = await #expect(throws: PhaseFailure.self) { try await fixture.run("t2") }
        #expect(refused?.code == "FILE_TOO_LARGE" && refused?.isRetriable == false)
    }
}
