import Foundation
import Postgres
import PostgresTestSupport
import ScheduleModel
import ScheduleStore
import Synchronization
import Testing

@Suite(.requiresPostgres, .postgresSchema(migrated: true), .timeLimit(.minutes(1))) struct ContextTests {
    /// A clock that a test moves.
    private final class Clock: Sendable {
        private let start = ContinuousClock.Instant.now
        private let elapsed = Mutex(Duration.zero)

        func advance(_ duration: Duration) { elapsed.withLock { $0 += duration } }
        var now: ContinuousClock.Instant { start.advanced(by: elapsed.withLock { $0 }) }
    }

    private let clock = Clock()
    private let fixture: StoreFixture

    init() throws {
        fixture = StoreFixture(try #require(PostgresSchemaTrait.current)) { [clock] in clock.now }
    }

    @Test func `a context holds vocabulary, holidays, zone and settings`() async throws {
        let hospital = try await fixture.makeHospital(settings: #"{"coverage": {"threshold": 91.5}, "other": 1}"#)
        _ = try await fixture.pool.query(
            "INSERT INTO hospital_holidays VALUES (\(hospital.uuid), '2026-07-03', 'Independence Day')",
            operation: "test")
        let context = try await fixture.store.hospital(code: "NORTH")
        #expect(context.id == hospital)
        #expect(context.code == "NORTH")
        #expect(context.zone.identifier == "America/New_York")
        #expect(context.holidays.map(\.description) == ["2026-07-03"])
        #expect(context.settings.coverage?.threshold == 91.5)
        #expect(context.vocabulary.types.map(\.code) == ShiftType.initial.map(\.code).sorted())
        let initial = try #require(ShiftType.initial.first { $0.code == "ONBody" })
        let loaded = try #require(context.vocabulary.type(code: "ONBody"))
        #expect(loaded.window == initial.window)
        #expect(loaded.slotCode == "ON2")
        #expect(loaded.constraint == .bodyOnly)
    }

    @Test func `a hospital is loaded once a minute, whatever it is asked for by`() async throws {
        let hospital = try await fixture.makeHospital()
        let counter = StatementCounter(run: "t1", phase: "ods")
        try await counter.counting {
            _ = try await fixture.store.hospital(code: "NORTH")
            _ = try await fixture.store.hospital(id: hospital)
            clock.advance(.seconds(59))
            _ = try await fixture.store.hospital(id: hospital)
        }
        #expect(counter.counts.count(.context) == 1)
        counter.counts.expectExactly(0)
        clock.advance(.seconds(1))
        try await counter.counting { _ = try await fixture.store.hospital(id: hospital) }
        #expect(counter.counts.count(.context) == 2)
    }

    @Test func `callers at once share one load`() async throws {
        let hospital = try await fixture.makeHospital()
        let (_, counts) = try await StatementCounter.counting(run: "t1", phase: "ods") {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { _ = try await fixture.store.hospital(id: hospital) } }
                try await group.waitForAll()
            }
        }
        #expect(counts.count(.context) == 1)
    }

    @Test func `an unknown or deleted hospital is not found, and is looked for again`() async throws {
        let error = await #expect(throws: StoreError.self) { try await fixture.store.hospital(code: "NORTH") }
        #expect(error?.code == "HOSPITAL_NOT_FOUND")
        let hospital = try await fixture.makeHospital()
        #expect(try await fixture.store.hospital(code: "NORTH").id == hospital)
        _ = try await fixture.pool.query("UPDATE hospitals SET deleted_at = now()", operation: "test")
        clock.advance(.seconds(61))
        await #expect(throws: StoreError.self) { try await fixture.store.hospital(id: hospital) }
    }

    @Test func `a hospital is found by a version of it`() async throws {
        let hospital = try await fixture.makeHospital()
        let request = StoreFixture.request("t1", hospital: hospital)
        _ = try await fixture.importing(request)
        #expect(try await fixture.store.hospital(ofVersion: request.versionID).id == hospital)
    }

    @Test func `an unknown time zone is named and not retried`() async throws {
        _ = try await fixture.makeHospital()
        _ = try await fixture.pool.query("UPDATE hospitals SET timezone = 'Mars/Base'", operation: "test")
        let error = await #expect(throws: StoreError.self) { try await fixture.store.hospital(code: "NORTH") }
        #expect(error?.code == "DATABASE_ERROR")
        #expect(error?.isRetriable == false)
    }
}
