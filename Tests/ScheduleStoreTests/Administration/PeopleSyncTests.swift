import Postgres
import PostgresTestSupport
import ScheduleModel
import ScheduleStore
import Testing

@Suite(.requiresPostgres, .postgresSchema(migrated: true), .timeLimit(.minutes(2)))
struct PeopleSyncTests {
    private let fixture: StoreFixture

    init() throws { fixture = StoreFixture(try #require(PostgresSchemaTrait.current)) }

    private let ada = PersonEntry(
        name: "Ada Quill", email: "ada@north.example", specialty: .both, aliases: ["Dr. Quill", "amion:41"],
        phone: "555 0100", hospitals: ["NORTH"])
    private let ben = PersonEntry(
        name: "Ben Tarn", email: "ben@north.example", specialty: .bodyOnly, hospitals: ["NORTH", "LAKE"],
        activeFrom: LocalDate("2026-01-01"), activeTo: LocalDate("2026-06-30"))

    @Test func `people are added with their keys and links`() async throws {
        try await makeHospitals()
        #expect(try await sync([ada, ben]) == "2 0 0")
        #expect(
            try await people() == [
                "Ada Quill BOTH true {\"Dr. Quill\",amion:41} {\"ada quill\",amion:41,quill}",
                "Ben Tarn BODY_ONLY true {} {\"ben tarn\"}",
            ])
        #expect(
            try await links() == [
                "Ada Quill NORTH 0001-01-01 ∞", "Ben Tarn LAKE 2026-01-01 2026-06-30",
                "Ben Tarn NORTH 2026-01-01 2026-06-30",
            ])
        #expect(
            try await fixture.number("SELECT count(*) FROM audit_logs WHERE action = 'CREATE' AND resource = 'persons'")
                == 2)
    }

    @Test func `a second sync of the same registry changes nothing`() async throws {
        try await makeHospitals()
        _ = try await sync([ada, ben])
        let audited = try await fixture.number("SELECT count(*) FROM audit_logs")
        #expect(try await sync([ben, ada]) == "0 0 0")
        #expect(try await fixture.number("SELECT count(*) FROM audit_logs") == audited)
    }

    @Test func `an entry that changed or moved is updated once`() async throws {
        try await makeHospitals()
        _ = try await sync([ada, ben])
        var (newAda, newBen) = (ada, ben)
        newAda.aliases = []
        newBen.hospitals = ["LAKE"]
        newBen.activeTo = nil
        newBen.specialty = .both
        #expect(try await sync([newAda, newBen]) == "0 2 0")
        #expect(try await people().first == "Ada Quill BOTH true {} {\"ada quill\"}")
        #expect(try await links() == ["Ada Quill NORTH 0001-01-01 ∞", "Ben Tarn LAKE 2026-01-01 ∞"])
    }

    @Test func `unlisted people become inactive, are not deleted, and come back when they are listed`() async throws {
        try await makeHospitals()
        _ = try await sync([ada, ben])
        #expect(try await sync([ben]) == "0 0 1")
        #expect(try await people().first?.contains("false") == true)
        #expect(try await sync([ben]) == "0 0 0")
        #expect(try await sync([ada, ben]) == "0 1 0")
        #expect(try await fixture.number("SELECT count(*) FROM persons WHERE active") == 2)
    }

    @Test func `a person is known by the address without case`() async throws {
        try await makeHospitals()
        _ = try await sync([ada])
        var renamed = ada
        (renamed.name, renamed.email) = ("Ada Quill-Tarn", "ADA@north.example")
        #expect(try await sync([renamed]) == "0 1 0")
        #expect(try await fixture.number("SELECT count(*) FROM persons") == 1)
    }

    @Test func `an unknown hospital, a shared key and a shared address keep everything as it was`() async throws {
        try await makeHospitals()
        _ = try await sync([ada])
        var (elsewhere, twin, same) = (ben, ben, ben)
        elsewhere.hospitals = ["MOON"]
        twin.aliases = ["Quill"]
        same.email = ada.email
        let found = await [code([elsewhere]), code([ada, twin]), code([ada, same])]
        #expect(found == ["HOSPITAL_NOT_FOUND", "INVALID_VALUE", "INVALID_VALUE"])
        #expect(try await people().count == 1)
        #expect(try await fixture.number("SELECT count(*) FROM persons WHERE active") == 1)
    }

    private func makeHospitals() async throws {
        for code in ["NORTH", "LAKE"] {
            _ = try await fixture.store.addHospital(code: code, name: code, timezone: "UTC")
        }
    }

    /// Added, updated and deactivated.
    private func sync(_ people: [PersonEntry]) async throws -> String {
        let summary = try await fixture.store.syncPeople(people)
        return "\(summary.added) \(summary.updated) \(summary.deactivated)"
    }

    private func code(_ people: [PersonEntry]) async -> ValidationCode? {
        do {
            _ = try await fixture.store.syncPeople(people)
            return nil
        } catch {
            return (error as? StoreError)?.code
        }
    }

    private func people() async throws -> [String] {
        try await lines(
            "SELECT concat_ws(' ', name, specialty, active::text, aliases::text, alias_keys::text) AS line FROM persons ORDER BY 1"
        )
    }

    private func links() async throws -> [String] {
        try await lines(
            """
            SELECT concat_ws(' ', p.name, h.code, l.active_from, coalesce(l.active_to::text, '∞')) AS line
            FROM person_hospitals l JOIN persons p ON p.id = l.person_id JOIN hospitals h ON h.id = l.hospital_id ORDER BY 1
            """)
    }

    private func lines(_ query: PostgresQuery) async throws -> [String] {
        try await fixture.pool.query(query, operation: "test").map { try $0.decode(String.self, "line") }
    }
}
