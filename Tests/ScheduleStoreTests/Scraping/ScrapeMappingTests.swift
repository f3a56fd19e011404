import Foundation
import Postgres
import PostgresTestSupport
import ScheduleModel
import ScheduleStore
import Testing

@Suite(.requiresPostgres, .postgresSchema(migrated: true), .timeLimit(.minutes(2)))
struct ScrapeMappingTests {
    private let schema: PostgresSchema

    init() throws { schema = try #require(PostgresSchemaTrait.current) }

    @Test func `a row becomes an assignment of the person on the slot of its role and date`() async throws {
        let fixture = try await ScrapeFixture(schema)
        try await fixture.makePerson("Ada Quill")
        try await fixture.makeSlot("2026-03-06", "MidC")
        try await fixture.makeSlot("2026-03-07", "MidC")
        let stored = try await fixture.scrape([ScrapeFixture.row("2026-03-06", "mid-c", "Ada Quill")])
        #expect(try await fixture.assignments() == ["2026-03-06 MidC Ada Quill AMION"])
        #expect((stored.rowCount, stored.created, stored.unchanged, stored.removed) == (1, 1, 0, 0))
        #expect(stored.outcome == .success)
        #expect(stored.otherMessages.isEmpty)
        #expect(try await fixture.base.text("SELECT original_shift_type FROM assignments") == "mid-c")
    }

    @Test(arguments: ["Quill, Ada", "Dr. Quill", "A Quill", "  ADA\u{a0} quill ", "dr quill", "ＡＤＡ Quill"])
    func `every spelling of an alias finds the person`(name: String) async throws {
        let fixture = try await ScrapeFixture(schema)
        try await fixture.makePerson("Ada Quill", aliases: ["A\u{a0}Quill", "Dr. Quill"])
        try await fixture.makeSlot("2026-03-06", "MidC")
        #expect(try await fixture.scrape([ScrapeFixture.row("2026-03-06", "MidC", name)]).created == 1)
    }

    @Test func `the source's own id goes before the name`() async throws {
        let fixture = try await ScrapeFixture(schema)
        try await fixture.makePerson("Ada Quill", aliases: ["amion:41"])
        try await fixture.makePerson("Axel Quill")
        try await fixture.makeSlot("2026-03-06", "MidC")
        _ = try await fixture.scrape([ScrapeFixture.row("2026-03-06", "MidC", "Axel Quill", staffID: "41")])
        #expect(try await fixture.assignments() == ["2026-03-06 MidC Ada Quill AMION"])
    }

    @Test func `an effective role is stored on the slot that it stands for`() async throws {
        let fixture = try await ScrapeFixture(schema)
        try await fixture.makePerson("Ada Quill")
        try await fixture.makeSlot("2026-03-06", "MidL")
        _ = try await fixture.scrape([ScrapeFixture.row("2026-03-06", "MidBody", "Ada Quill")])
        #expect(try await fixture.assignments() == ["2026-03-06 MidL Ada Quill AMION"])
    }

    @Test func `an unknown role is one warning a text, and an ignored one is silent`() async throws {
        let fixture = try await ScrapeFixture(schema, settings: #"{"amion": {"ignored_roles": ["Float Pool"]}}"#)
        try await fixture.makePerson("Ada Quill")
        let stored = try await fixture.scrape([
            ScrapeFixture.row("2026-03-06", "Jeopardy", "Ada Quill"),
            ScrapeFixture.row("2026-03-07", "Jeopardy", "Ada Quill"),
            ScrapeFixture.row("2026-03-06", "float-pool", "Ada Quill"),
        ])
        #expect(stored.unknownRoles == [ScrapeTally(name: "Jeopardy", count: 2)])
        #expect(stored.ignored == 1)
        #expect(stored.otherMessages.map(\.code) == ["UNKNOWN_SHIFT_TYPE"])
        #expect(stored.otherMessages.map(\.severity) == [.warning])
        #expect(stored.outcome == .success)
    }

    @Test func `an unknown name is one row error with its count`() async throws {
        let fixture = try await ScrapeFixture(schema)
        try await fixture.makeSlot("2026-03-06", "MidC")
        let stored = try await fixture.scrape([
            ScrapeFixture.row("2026-03-06", "MidC", "Nobody", line: 5),
            ScrapeFixture.row("2026-03-07", "MidC", "Nobody"),
        ])
        #expect(stored.unknownPeople == [ScrapeTally(name: "Nobody", count: 2)])
        let message = try #require(stored.messages.first { $0.code == "UNKNOWN_PEOPLE" })
        #expect(message.isRowError)
        #expect(message.location?.row == 5)
        #expect(message.details?["count"] == "2")
        #expect((stored.outcome, stored.rejectedRows) == (.partial, 2))
    }

    @Test func `a name of two people is ambiguous and nobody is guessed`() async throws {
        let fixture = try await ScrapeFixture(schema)
        try await fixture.makePerson("Ada Quill", aliases: ["A Quill"])
        try await fixture.makePerson("Axel Quill", aliases: ["A Quill"])
        try await fixture.makeSlot("2026-03-06", "MidC")
        let stored = try await fixture.scrape([ScrapeFixture.row("2026-03-06", "MidC", "A Quill")])
        #expect(stored.ambiguousPeople == [ScrapeTally(name: "A Quill", count: 1)])
        #expect(ScrapeFixture.codes(stored).contains("AMBIGUOUS_PERSON"))
        #expect(try await fixture.assignments().isEmpty)
    }

    @Test func `a person counts only while the link to the hospital is valid`() async throws {
        let fixture = try await ScrapeFixture(schema)
        try await fixture.makePerson("Ada Quill", from: "2026-03-10", to: "2026-03-20")
        let days = ["2026-03-09", "2026-03-10", "2026-03-20", "2026-03-21"]
        for day in days { try await fixture.makeSlot(day, "MidC") }
        let stored = try await fixture.scrape(days.map { ScrapeFixture.row($0, "MidC", "Ada Quill") })
        #expect(
            try await fixture.assignments() == ["2026-03-10 MidC Ada Quill AMION", "2026-03-20 MidC Ada Quill AMION"])
        #expect(stored.unknownPeople.map(\.count) == [2])
    }

    @Test func `inactive people and those of another hospital match nobody`() async throws {
        let fixture = try await ScrapeFixture(schema)
        let other = try await fixture.base.makeHospital("LAKE")
        try await fixture.makePerson("Ada Quill", hospital: other)
        try await fixture.makePerson("Ben Tarn", isActive: false)
        try await fixture.makeSlot("2026-03-06", "MidC")
        let stored = try await fixture.scrape([
            ScrapeFixture.row("2026-03-06", "MidC", "Ada Quill"), ScrapeFixture.row("2026-03-06", "MidC", "Ben Tarn"),
        ])
        #expect(stored.unknownPeople.map(\.name) == ["Ada Quill", "Ben Tarn"])
        #expect(try await fixture.assignments().isEmpty)
    }

    @Test func `without a slot the row is a warning and is not stored`() async throws {
        let fixture = try await ScrapeFixture(schema)
        try await fixture.makePerson("Ada Quill")
        try await fixture.makeSlot("2026-03-06", "MidL")
        let stored = try await fixture.scrape([
            ScrapeFixture.row("2026-03-06", "MidC", "Ada Quill"), ScrapeFixture.row("2026-03-07", "MidC", "Ada Quill"),
        ])
        #expect(stored.noSlot == 2)
        #expect(stored.otherMessages.map(\.code) == ["NO_MATCHING_SHIFT"])
        #expect(stored.otherMessages.first?.details?["count"] == "2")
        #expect(try await fixture.assignments().isEmpty)
    }

    @Test func `of several slots the best overlap wins, then the earliest start`() async throws {
        let fixture = try await ScrapeFixture(schema)
        try await fixture.makePerson("Ada Quill")
        let early = try await fixture.makeSlot("2026-03-06", "DAY", from: 7, to: 12, key: "a")
        let late = try await fixture.makeSlot("2026-03-06", "DAY", from: 12, to: 20, key: "b")
        func slot(from: Int, to: Int, task: String) async throws -> String? {
            _ = try await fixture.scrape(
                [ScrapeFixture.row("2026-03-06", "Day", "Ada Quill", from: from, to: to)], task: task)
            return try await fixture.base.text(
                "SELECT shift_instance_id::text FROM assignments WHERE deleted_at IS NULL")
        }
        #expect(try await slot(from: 11, to: 14, task: "overlap") == late.description)
        #expect(try await slot(from: 11, to: 13, task: "tie") == early.description)
        #expect(try await slot(from: 22, to: 24, task: "none") == early.description)
    }

    @Test func `a specialty conflict is kept with a warning`() async throws {
        let fixture = try await ScrapeFixture(schema)
        try await fixture.makePerson("Ben Tarn", specialty: .bodyOnly)
        try await fixture.makeSlot("2026-03-06", "MidC", constraint: .neuroOnly)
        let stored = try await fixture.scrape([ScrapeFixture.row("2026-03-06", "MidC", "Ben Tarn")])
        #expect(stored.specialtyConflicts == 1)
        #expect(stored.otherMessages.map(\.code) == ["SPECIALTY_CONFLICT"])
        #expect(try await fixture.assignments().count == 1)
    }

    @Test func `one person on two overlapping slots is kept with a warning`() async throws {
        let fixture = try await ScrapeFixture(schema)
        try await fixture.makePerson("Ada Quill")
        for type in ["MidC", "MidL"] { try await fixture.makeSlot("2026-03-06", type) }
        try await fixture.makeSlot("2026-03-06", "ON1", from: 24, to: 32)
        let stored = try await fixture.scrape(
            ["MidC", "MidL", "ON1"].map { ScrapeFixture.row("2026-03-06", $0, "Ada Quill") })
        #expect(stored.overlaps == 1)
        #expect(stored.otherMessages.map(\.code) == ["OVERLAPPING_ASSIGNMENT"])
        #expect(try await fixture.assignments().count == 3)
    }

    @Test func `two rows of one person on one slot are one assignment`() async throws {
        let fixture = try await ScrapeFixture(schema)
        try await fixture.makePerson("Ada Quill", aliases: ["A Quill"])
        try await fixture.makeSlot("2026-03-06", "MidC")
        let stored = try await fixture.scrape([
            ScrapeFixture.row("2026-03-06", "MidC", "Ada Quill"), ScrapeFixture.row("2026-03-06", "MidC", "A Quill"),
        ])
        #expect((stored.created, stored.twiceOnSlot) == (1, 1))
        #expect(stored.otherMessages.map(\.code) == ["DUPLICATE_ASSIGNMENT"])
    }

    @Test func `the reader's row errors come first and count as rejected rows`() async throws {
        let fixture = try await ScrapeFixture(schema)
        try await fixture.makePerson("Ada Quill")
        try await fixture.makeSlot("2026-03-06", "MidC")
        let missing = ValidationMessage(
            .error, "MISSING_CELL", "the row has no role", location: MessageLocation(row: 9, cell: "R9"))
        let stored = try await fixture.scrape(
            [ScrapeFixture.row("2026-03-06", "MidC", "Ada Quill")], messages: [missing])
        #expect(stored.otherMessages.map(\.code) == ["MISSING_CELL", "AMION_ASSIGNMENT_FAILED"])
        #expect((stored.outcome, stored.rejectedRows) == (.partial, 1))
    }

    @Test func `a slot with a live OVERRIDE takes no AMION row`() async throws {
        let fixture = try await ScrapeFixture(schema)
        let ada = try await fixture.makePerson("Ada Quill")
        try await fixture.makePerson("Ben Tarn")
        let slot = try await fixture.makeSlot("2026-03-06", "MidC", desired: 3)
        try await fixture.assign(ada, slot, source: "OVERRIDE")
        let stored = try await fixture.scrape([ScrapeFixture.row("2026-03-06", "MidC", "Ben Tarn")])
        #expect((stored.created, stored.heldByHand, stored.dataRevision) == (0, 1, 1))
        #expect(try await fixture.assignments() == ["2026-03-06 MidC Ada Quill OVERRIDE"])
    }

    @Test(arguments: [(1, 0), (2, 1)])
    func `AMION rows are added only while MANUAL rows are fewer than desired`(desired: Int, created: Int) async throws {
        let fixture = try await ScrapeFixture(schema)
        let ada = try await fixture.makePerson("Ada Quill")
        try await fixture.makePerson("Ben Tarn")
        let slot = try await fixture.makeSlot("2026-03-06", "MidC", desired: desired)
        try await fixture.assign(ada, slot, source: "MANUAL")
        #expect(try await fixture.scrape([ScrapeFixture.row("2026-03-06", "MidC", "Ben Tarn")]).created == created)
    }

    @Test func `MANUAL and OVERRIDE rows stay when the source does not name them`() async throws {
        let fixture = try await ScrapeFixture(schema)
        let ada = try await fixture.makePerson("Ada Quill")
        for (day, source) in [("2026-03-06", "MANUAL"), ("2026-03-07", "OVERRIDE")] {
            try await fixture.assign(ada, try await fixture.makeSlot(day, "MidC"), source: source)
        }
        let stored = try await fixture.scrape([])
        #expect(stored.removed == 0)
        #expect(
            try await fixture.assignments() == [
                "2026-03-06 MidC Ada Quill MANUAL", "2026-03-07 MidC Ada Quill OVERRIDE",
            ])
    }
}
