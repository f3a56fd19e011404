import Foundation
import ScheduleModel
import ScheduleTasks
import Testing

/// Domain 2, the payload tables.
@Suite struct SchedulePayloadTests {
    static let hospital = "6f9d0000-0000-4000-8000-0000000000ab"
    static let version = "0b1c0000-0000-4000-8000-0000000000cd"
    static let user = "91aa0000-0000-4000-8000-0000000000ef"
    static let absent = "00000000-0000-0000-0000-000000000000"
    static let digest = String(repeating: "9c56", count: 16)

    /// A payload of nothing but a type's base keys.
    static func base(_ type: ScheduleTaskType) -> [String: Any] {
        let dates = ["start_date": "2026-03-01", "end_date": "2026-03-31"]
        let filling = ["hospital_id": hospital, "version_id": version, "creator_id": user]
        let base: [String: Any]
        switch type {
        case .odsImport: base = filling.merging(["filename": "north-march.ods"]) { $1 }
        case .amionScrape:
            base = (filling as [String: Any]).merging(["months_back": 6, "username": "north"] as [String: Any]) { $1 }
        case .coverageCalculate:
            base = dates.merging(["schedule_version_id": version, "creator_id": user]) { $1 }
        case .scheduleSync:
            base = (filling.merging(dates) { $1 } as [String: Any])
                .merging(["filename": "x.fods", "months_back": 2, "username": "north"] as [String: Any]) { $1 }
        }
        return base
    }

    static func decode(
        _ type: ScheduleTaskType, _ changes: [String: Any] = [:], without absent: [String] = []
    ) throws -> SchedulePayload {
        var object = base(type).merging(changes) { $1 }
        for key in absent { object[key] = nil }
        return try SchedulePayload(Array(try JSONSerialization.data(withJSONObject: object)), for: type)
    }

    /// The key that decoding stops at.
    static func refusedPath(_ type: ScheduleTaskType, _ changes: [String: Any], without absent: [String] = [])
        -> String?
    {
        do {
            _ = try decode(type, changes, without: absent)
            return nil
        } catch let error as PayloadError {
            return error.path
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: ScheduleTaskType.allCases)
    func `the base keys alone work`(type: ScheduleTaskType) throws {
        let payload = try Self.decode(type)
        #expect(payload.versionID?.description == Self.version)
        #expect(payload.creatorID?.description == Self.user)
        #expect(payload.allowsPartial && payload.errorRateLimit == 0.5 && !payload.isDryRun && !payload.isForced)
        if type != .coverageCalculate { #expect(payload.hospitalID?.description == Self.hospital) }
        if type == .scheduleSync { #expect(payload.range?.dayCount == 31) }
        if type == .amionScrape { #expect(payload.monthsBack == 6 && payload.username == "north") }
    }

    @Test func `the nil UUID, an empty one and null count as absent`() throws {
        for value in [Self.absent, "", NSNull()] as [Any] {
            let payload = try Self.decode(.odsImport, ["version_id": value, "creator_id": value])
            #expect(payload.versionID == nil)
            #expect(payload.creatorID == nil)
            #expect(Self.refusedPath(.odsImport, ["hospital_id": value]) == "hospital_id")
            #expect(Self.refusedPath(.coverageCalculate, ["schedule_version_id": value]) == "schedule_version_id")
        }
    }

    @Test func `ids are lower case whatever they were written in`() throws {
        let payload = try Self.decode(.odsImport, ["hospital_id": Self.hospital.uppercased()])
        #expect(payload.hospitalID?.description == Self.hospital)
    }

    @Test(arguments: ScheduleTaskType.allCases)
    func `unknown keys are ignored, whatever they hold`(type: ScheduleTaskType) throws {
        let changes: [String: Any] = ["zzz": ["a": [1, NSNull()]], "Filename": 3, "workflow_id": false]
        #expect(try Self.decode(type, changes) == Self.decode(type))
    }

    @Test(arguments: ScheduleTaskType.allCases)
    func `a date-time counts as its written date`(type: ScheduleTaskType) throws {
        let payload = try Self.decode(
            type, ["start_date": "2026-03-06T23:30:00-05:00", "end_date": "2026-03-06T00:00:00.5Z"])
        #expect(payload.range?.description == "2026-03-06...2026-03-06")
    }

    @Test(arguments: [
        ("2026-3-6", "start_date"), ("2026-02-30", "start_date"), ("06.03.2026", "start_date"), ("", "start_date"),
        ("2026-04-01", "end_date"), ("2026-03-06Tnoon", "start_date"),
    ])
    func `a bad date or an end before the start is refused`(start: String, path: String) {
        #expect(Self.refusedPath(.scheduleSync, ["start_date": start]) == path)
    }

    @Test func `a period of one day is one`() throws {
        #expect(try Self.decode(.scheduleSync, ["start_date": "2026-03-31"]).range?.dayCount == 1)
    }

    @Test(arguments: [
        "north.ods", "North March.ODS", "x.fods", "x.FoDs", "ä😀.ods", "..ods",
        String(repeating: "x", count: 251) + ".ods",
    ])
    func `a bare display name is accepted`(name: String) throws {
        #expect(try Self.decode(.odsImport, ["filename": name]).filename == name)
    }

    @Test(arguments: [
        "", "north", "north.xlsx", "north.ods.zip", "a/b.ods", "../b.ods", #"a\b.ods"#, "a\u{0}.ods", "a\n.ods",
        "a\u{7F}.ods", "a\u{85}.ods", String(repeating: "x", count: 252) + ".ods",
    ])
    func `any other name is refused`(name: String) {
        #expect(Self.refusedPath(.odsImport, ["filename": name]) == "filename")
        #expect(Self.refusedPath(.scheduleSync, ["filename": name]) == "filename")
        #expect(Self.refusedPath(.odsImport, ["source": ["kind": "file", "name": name]]) == "source.name")
    }

    @Test(arguments: [1, 12, 24])
    func `one to twenty-four months can be scraped`(months: Int) throws {
        #expect(try Self.decode(.amionScrape, ["months_back": months]).monthsBack == months)
    }

    @Test func `what is missing has its key named`() {
        #expect(Self.refusedPath(.odsImport, [:], without: ["filename"]) == "filename")
        #expect(Self.refusedPath(.scheduleSync, [:], without: ["filename"]) == "filename")
        #expect(Self.refusedPath(.amionScrape, [:], without: ["hospital_id"]) == "hospital_id")
        #expect(Self.refusedPath(.coverageCalculate, [:], without: ["schedule_version_id"]) == "schedule_version_id")
    }

    @Test func `a hospital's code alone selects it, and a coverage needs no version then`() throws {
        let payload = try Self.decode(.odsImport, ["hospital_code": "NORTH"], without: ["hospital_id"])
        #expect(payload.hospitalCode == "NORTH" && payload.hospitalID == nil)
        let coverage = try Self.decode(
            .coverageCalculate, ["hospital_id": Self.hospital], without: ["schedule_version_id"])
        #expect(coverage.versionID == nil && coverage.hospitalID?.description == Self.hospital)
    }

    @Test func `every key that can be absent can be`() throws {
        let amion = try Self.decode(
            .amionScrape, without: ["version_id", "months_back", "username", "creator_id"])
        #expect(amion.monthsBack == nil && amion.username == nil && amion.creatorID == nil && amion.versionID == nil)
        let sync = try Self.decode(.scheduleSync, without: ["start_date", "end_date"])
        #expect(sync.range == nil)
    }
}
