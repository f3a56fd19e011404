import Foundation
import Postgres
import PostgresTestSupport
import ScheduleModel
import ScheduleStore
import Testing

/// MISSING_MIDC (domain 4.3): a weekday without a holder of MidC, where MidC is active in the vocabulary.
@Suite(.requiresPostgres, .postgresSchema(migrated: true), .timeLimit(.minutes(2)))
struct MissingMidCTests {
    private let schema: PostgresSchema
    /// Thursday to Tuesday: four weekdays round a weekend.
    private let window = StoreFixture.range("2026-03-05", "2026-03-10")

    init() throws { schema = try #require(PostgresSchemaTrait.current) }

    @Test func `weekdays without a holder are one warning with their dates, and weekends are none`() async throws {
        let fixture = try await ready()
        let stored = try await fixture.scrape([ScrapeFixture.row("2026-03-06", "MidC", "Ada Quill")], window: window)
        #expect(stored.withoutMidC.map(\.description) == ["2026-03-05", "2026-03-09", "2026-03-10"])
        let message = try #require(stored.messages.first { $0.code == "MISSING_MIDC" })
        #expect(message.severity == .warning)
        #expect(message.details?["count"] == "3")
        #expect(message.details?["dates"] == "2026-03-05 2026-03-09 2026-03-10")
        #expect(stored.outcome == .success)
        #expect(
            try await fixture.base.text("SELECT metrics->>'weekdays_without_midc' FROM scrape_batches") == "3")
    }

    @Test func `a holiday is a weekend`() async throws {
        let fixture = try await ready()
        _ = try await fixture.pool.query(
            """
            INSERT INTO hospital_holidays (hospital_id, day, name)
            VALUES (\(fixture.hospital.uuid), '2026-03-09'::date, 'Founders Day')
            """, operation: "test")
        #expect(
            try await fixture.scrape([], window: window).withoutMidC.map(\.description)
                == ["2026-03-05", "2026-03-06", "2026-03-10"])
    }

    @Test(arguments: ["MANUAL", "OVERRIDE"])
    func `who holds it by hand counts`(source: String) async throws {
        let fixture = try await ready()
        let ada = try await fixture.makePerson("Ben Tarn")
        for day in ["2026-03-05", "2026-03-06", "2026-03-09", "2026-03-10"] {
            let slot = try await fixture.base.text(
                "SELECT id::text FROM shift_instances WHERE schedule_date = \(day)::text::date")
            let id = try #require(slot.flatMap { UUID(uuidString: $0) })
            try await fixture.assign(ada, Identifier(id), source: source)
        }
        #expect(try await fixture.scrape([], window: window).withoutMidC.isEmpty)
    }

    @Test func `whoever the source no longer names is no holder any more`() async throws {
        let fixture = try await ready()
        let rows = ["2026-03-05", "2026-03-06", "2026-03-09", "2026-03-10"].map {
            ScrapeFixture.row($0, "MidC", "Ada Quill")
        }
        #expect(try await fixture.scrape(rows, window: window).withoutMidC.isEmpty)
        let again = try await fixture.scrape(Array(rows.dropFirst()), task: "t2", window: window)
        #expect(again.withoutMidC.map(\.description) == ["2026-03-05"])
    }

    @Test func `a failed month is not judged`() async throws {
        let fixture = try await ready()
        let failed = FailedMonth(month: ScrapeFixture.april, code: "INVALID_HTML", cause: "no table")
        let stored = try await fixture.scrape([], failed: [failed])
        #expect(stored.withoutMidC.count == 22)
        #expect(stored.withoutMidC.allSatisfy { $0.firstOfMonth == ScrapeFixture.march })
    }

    @Test func `a hospital without an active MidC is not judged`() async throws {
        let fixture = try await ready()
        _ = try await fixture.pool.query(
            "UPDATE shift_types SET active = false WHERE code IN ('MidC', 'MidNeuro')", operation: "test")
        #expect(try await fixture.scrape([], window: window).withoutMidC.isEmpty)
    }

    /// A slot of MidC on each day of the window.
    private func ready() async throws -> ScrapeFixture {
        let fixture = try await ScrapeFixture(schema)
        try await fixture.makePerson("Ada Quill")
        for day in 0..<window.dayCount { try await fixture.makeSlot("\(window.start.adding(days: day))", "MidC") }
        return fixture
    }
}
