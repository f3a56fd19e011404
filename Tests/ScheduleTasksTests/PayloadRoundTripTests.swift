import Foundation
import ScheduleModel
import ScheduleTasks
import Testing

@Suite struct PayloadRoundTripTests {
    private static let sources: [FileSource?] = [
        nil, .blob(sha256: SchedulePayloadTests.digest, size: 40_060, name: "north.ods"),
        .file(name: "north.ods", sha256: nil), .file(name: "north.ods", sha256: SchedulePayloadTests.digest),
        .url("https://files.example/x.ods?a=1&b=2", sha256: SchedulePayloadTests.digest, name: "x.ods"),
    ]

    private func full(_ source: FileSource?) throws -> SchedulePayload {
        var payload = SchedulePayload()
        payload.hospitalID = Identifier(SchedulePayloadTests.hospital)
        payload.hospitalCode = "NORTH"
        payload.versionID = Identifier(SchedulePayloadTests.version)
        payload.filename = "north/march".replacing("/", with: "-") + ".ods"
        payload.source = source
        payload.creatorID = Identifier.system
        payload.monthsBack = 24
        payload.username = "north"
        payload.startDate = LocalDate("2026-03-01")
        payload.endDate = LocalDate("2026-08-31")
        payload.layout = "grid"
        payload.rateScope = .global
        payload.threshold = 92.5
        payload.allowPartial = false
        payload.maxErrorRate = 1
        payload.dryRun = true
        payload.force = true
        payload.workflow = WorkflowStep(id: "wf-1", step: 1, next: [.amionScrape, .coverageCalculate])
        return payload
    }

    @Test(arguments: ScheduleTaskType.allCases)
    func `what was encoded is decoded`(type: ScheduleTaskType) throws {
        for source in Self.sources {
            let payload = try full(source)
            #expect(try SchedulePayload(try payload.encoded(for: type), for: type) == payload)
        }
    }

    @Test(arguments: ScheduleTaskType.allCases)
    func `a payload of base keys comes back as it was`(type: ScheduleTaskType) throws {
        let payload = try SchedulePayloadTests.decode(type)
        #expect(try SchedulePayload(try payload.encoded(for: type), for: type) == payload)
    }

    @Test func `keys are sorted, the version is named as its task names it, and absent keys are left out`() throws {
        var payload = SchedulePayload()
        payload.versionID = Identifier(SchedulePayloadTests.version)
        payload.startDate = LocalDate("2026-03-01")
        let coverage = String(decoding: try payload.encoded(for: .coverageCalculate), as: UTF8.self)
        #expect(
            coverage
                == #"{"schedule_version_id":"\#(SchedulePayloadTests.version)","schema_version":1,"start_date":"2026-03-01"}"#
        )
        let scrape = String(decoding: try payload.encoded(for: .amionScrape), as: UTF8.self)
        #expect(
            scrape
                == #"{"schema_version":1,"start_date":"2026-03-01","version_id":"\#(SchedulePayloadTests.version)"}"#)
    }

    @Test func `the example of the specification is read`() throws {
        let json = """
            {"hospital_id":"\(SchedulePayloadTests.hospital)","version_id":"\(SchedulePayloadTests.version)",
             "filename":"north-march.ods","creator_id":"\(SchedulePayloadTests.user)",
             "source":{"kind":"blob","sha256":"\(SchedulePayloadTests.digest)","size":40060,"name":"north-march.ods"},
             "allow_partial":true,"schema_version":1}
            """
        let payload = try SchedulePayload(Array(json.utf8), for: .odsImport)
        #expect(
            payload.source == .blob(sha256: SchedulePayloadTests.digest, size: 40_060, name: "north-march.ods"))
    }
}
