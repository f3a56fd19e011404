import Foundation
import Postgres
import PostgresTestSupport
import ScheduleModel
import ScheduleStore
import Testing

@Suite(.requiresPostgres, .postgresSchema(migrated: true), .timeLimit(.minutes(2)))
struct AdministrationTests {
    private let fixture: StoreFixture
    private var store: ScheduleStore { fixture.store }

    init() throws { fixture = StoreFixture(try #require(PostgresSchemaTrait.current)) }

    @Test func `a new hospital has the initial vocabulary`() async throws {
        let id = try await store.addHospital(code: "NORTH", name: " North  Campus ", timezone: "America/New_York")
        let summary = try #require(try await store.hospitals().first)
        #expect((summary.id, summary.code, summary.name) == (id, "NORTH", "North Campus"))
        #expect(summary.timezone == "America/New_York")
        #expect(try await store.shiftTypes(code: "NORTH") == ShiftType.initial.sorted { $0.code < $1.code })
        #expect(try await store.hospital(code: "NORTH").zone.identifier == "America/New_York")
        #expect(
            try await fixture.text("SELECT array_to_string(synonym_keys, ',') FROM shift_types WHERE code = 'NIGHT'")
                == "night,overnight")
        #expect(try await fixture.text("SELECT action || resource FROM audit_logs") == "CREATEhospitals")
    }

    @Test func `a code is used once, and bad codes, names and zones are refused`() async throws {
        _ = try await store.addHospital(code: "NORTH", name: "North", timezone: "UTC")
        #expect(
            await code { _ = try await store.addHospital(code: "NORTH", name: "N", timezone: "UTC") }
                == "DUPLICATE_ENTRY")
        for (hospital, name, zone) in [
            ("north", "N", "UTC"), ("", "N", "UTC"), (String(repeating: "A", count: 33), "N", "UTC"),
            ("LAKE", " ", "UTC"), ("LAKE", "N", "Mars/Base"),
        ] {
            #expect(
                await code { _ = try await store.addHospital(code: hospital, name: name, timezone: zone) }
                    == "INVALID_VALUE")
        }
        #expect(try await store.hospitals().count == 1)
    }

    @Test func `a name and a zone are changed alone or together, and each change is audited`() async throws {
        let id = try await store.addHospital(code: "NORTH", name: "North", timezone: "UTC")
        _ = try await store.addHospital(code: "LAKE", name: "Lake", timezone: "UTC")
        let named = try await store.updateHospital(code: "NORTH", name: " North  Campus ")
        #expect((named.id, named.code, named.name, named.timezone) == (id, "NORTH", "North Campus", "UTC"))
        let moved = try await store.updateHospital(code: "NORTH", timezone: "America/New_York")
        #expect((moved.name, moved.timezone) == ("North Campus", "America/New_York"))
        let both = try await store.updateHospital(code: "NORTH", name: "N", timezone: "Europe/Berlin")
        #expect(try await store.hospitals().map(\.name) == ["Lake", "N"])
        #expect(try await store.hospitals().last == both)
        #expect(try await store.hospital(code: "NORTH").zone.identifier == "Europe/Berlin")
        #expect(
            try await fixture.text(
                """
                SELECT string_agg(format('%s>%s %s>%s', old_values->>'name', new_values->>'name', old_values->>'timezone',
                    new_values->>'timezone'), '; ' ORDER BY timestamp)
                FROM audit_logs WHERE action = 'UPDATE' AND resource = 'hospitals' AND resource_id = hospital_id
                """)
                == "North>North Campus UTC>UTC; North Campus>North Campus UTC>America/New_York; "
                + "North Campus>N America/New_York>Europe/Berlin")
    }

    @Test func `a change of nothing, a bad name and a bad zone are refused and change nothing`() async throws {
        _ = try await store.addHospital(code: "NORTH", name: "North", timezone: "UTC")
        for (name, zone) in [
            (nil, nil), (" ", nil), (nil, "Mars/Base"), ("N", "Mars/Base"), (" ", "Europe/Berlin"),
        ] as [(String?, String?)] {
            #expect(
                await code { _ = try await store.updateHospital(code: "NORTH", name: name, timezone: zone) }
                    == "INVALID_VALUE")
        }
        let hospital = try #require(try await store.hospitals().first)
        #expect((hospital.name, hospital.timezone) == ("North", "UTC"))
        #expect(try await fixture.number("SELECT count(*) FROM audit_logs WHERE action = 'UPDATE'") == 0)
    }

    @Test func `settings are set, listed and taken back one by one`() async throws {
        _ = try await store.addHospital(code: "NORTH", name: "North", timezone: "UTC")
        try await store.setHospitalSetting(code: "NORTH", path: "amion.base_url", value: "http://127.0.0.1:8099")
        try await store.setHospitalSetting(code: "NORTH", path: "amion.ignored_roles", value: #"["Float", "Clinic"]"#)
        try await store.setHospitalSetting(code: "NORTH", path: "rate_policy.lanes", value: "3")
        try await store.setHospitalSetting(code: "NORTH", path: "coverage.threshold", value: "92.5")
        #expect(
            try await store.hospitalSettings(code: "NORTH").map { "\($0.path) \($0.json)" } == [
                #"amion.base_url "http://127.0.0.1:8099""#, #"amion.ignored_roles ["Float","Clinic"]"#,
                "coverage.threshold 92.5", "rate_policy.lanes 3",
            ])
        let settings = try await store.hospital(code: "NORTH").settings
        #expect(settings.amion?.baseURL == "http://127.0.0.1:8099")
        #expect(settings.ratePolicy?.lanes == 3)
        try await store.setHospitalSetting(code: "NORTH", path: "rate_policy.lanes", value: "null")
        #expect(try await store.hospitalSettings(code: "NORTH").map(\.path).contains("rate_policy.lanes") == false)
        #expect(try await fixture.number("SELECT count(*) FROM audit_logs WHERE action = 'UPDATE'") == 5)
    }

    @Test(arguments: [
        ("amion.password", "x"), ("rate_policy.lanes", "many"), ("rate_policy.lanes", "0"), ("amion.adapter", "xml"),
        ("coverage.threshold", "101"), ("amion.ignored_roles", "Float"), ("amion", "{}"),
    ])
    func `a setting that does not exist or has the wrong kind is refused`(path: String, value: String) async throws {
        _ = try await store.addHospital(code: "NORTH", name: "North", timezone: "UTC")
        #expect(
            await code { try await store.setHospitalSetting(code: "NORTH", path: path, value: value) }
                == "INVALID_VALUE")
        #expect(try await store.hospitalSettings(code: "NORTH").isEmpty)
    }

    @Test func `one shift type is changed and the others stay`() async throws {
        _ = try await store.addHospital(code: "NORTH", name: "North", timezone: "UTC")
        let window = try #require(ShiftWindow(startSeconds: 6 * 3600, endSeconds: 14 * 3600))
        let dawn = ShiftType(code: "DAWN", label: "Dawn", window: window, defaultDesired: 2, synonyms: ["Early Bird"])
        try await store.setShiftType(code: "NORTH", dawn)
        let types = try await store.shiftTypes(code: "NORTH")
        #expect(types.count == ShiftType.initial.count + 1)
        #expect(types.contains(dawn))
    }

    @Test func `replacing the vocabulary makes unlisted types inactive, and setting one activates it`() async throws {
        _ = try await store.addHospital(code: "NORTH", name: "North", timezone: "UTC")
        let day = try #require(ShiftType.initial.first { $0.code == "DAY" })
        let night = try #require(ShiftType.initial.first { $0.code == "NIGHT" })
        try await store.replaceShiftTypes(code: "NORTH", with: [day])
        #expect(try await store.shiftTypes(code: "NORTH") == [day])
        #expect(try await fixture.number("SELECT count(*) FROM shift_types") == ShiftType.initial.count)
        try await store.setShiftType(code: "NORTH", night)
        #expect(try await store.shiftTypes(code: "NORTH") == [day, night])
    }

    @Test func `a vocabulary with one spelling for two types or an unlisted slot is refused`() async throws {
        _ = try await store.addHospital(code: "NORTH", name: "North", timezone: "UTC")
        let window = try #require(ShiftWindow(startSeconds: 0, endSeconds: 3600))
        for type in [
            ShiftType(code: "X", window: window, synonyms: ["day"]),
            ShiftType(code: "X", window: window, slotCode: "Y"),
        ] {
            #expect(await code { try await store.setShiftType(code: "NORTH", type) } == "INVALID_VALUE")
        }
        #expect(try await store.shiftTypes(code: "NORTH").count == ShiftType.initial.count)
    }

    @Test func `holidays are added, renamed, listed in order and removed`() async throws {
        _ = try await store.addHospital(code: "NORTH", name: "North", timezone: "UTC")
        let christmas = ScrapeFixture.day("2026-12-25")
        let newYear = ScrapeFixture.day("2026-01-01")
        try await store.addHolidays(
            [Holiday(day: christmas, name: "Xmas"), Holiday(day: newYear, name: "New Year")], code: "NORTH")
        try await store.addHolidays([Holiday(day: christmas, name: "Christmas")], code: "NORTH")
        #expect(
            try await store.holidays(code: "NORTH") == [
                Holiday(day: newYear, name: "New Year"), Holiday(day: christmas, name: "Christmas"),
            ])
        #expect(try await store.hospital(code: "NORTH").isWeekend(christmas))
        #expect(try await store.removeHolidays([newYear, newYear.adding(days: 1)], code: "NORTH") == 1)
        #expect(try await store.holidays(code: "NORTH").map(\.day) == [christmas])
    }

    @Test func `an unknown hospital is refused everywhere`() async {
        for body in [
            { _ = try await store.hospitalSettings(code: "X") }, { _ = try await store.shiftTypes(code: "X") },
            { _ = try await store.holidays(code: "X") }, { try await store.addHolidays([], code: "X") },
            { try await store.setHospitalSetting(code: "X", path: "rate_policy.lanes", value: "1") },
            { try await store.replaceShiftTypes(code: "X", with: []) },
            { _ = try await store.updateHospital(code: "X", name: "N") },
        ] as [() async throws -> Void] {
            #expect(await code(body) == "HOSPITAL_NOT_FOUND")
        }
    }

    @Test func `a user is found by address without case, and an address is used once`() async throws {
        let id = try await store.createUser(email: "ada@north.example", role: .admin)
        let found = try #require(try await store.userID(email: "ADA@north.example"))
        #expect((found.id, found.role, found.isActive) == (id, .admin, true))
        #expect(try await store.userID(email: "nobody@north.example") == nil)
        #expect(
            await code { _ = try await store.createUser(email: "Ada@North.example", role: .viewer) }
                == "DUPLICATE_ENTRY")
        #expect(await code { _ = try await store.createUser(email: "no address", role: .viewer) } == "INVALID_VALUE")
        let system = try #require(try await store.userID(email: "system@schedule.invalid"))
        #expect((system.id, system.isActive) == (.system, false))
    }

    private func code(_ body: () async throws -> Void) async -> ValidationCode? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? StoreError)?.code
        }
    }
}
