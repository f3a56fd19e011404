import BenchSupport
import ScheduleImport
import ScheduleModel
import ScheduleStore

/// Reading, validating and encoding a dated list for the one write, without a database.
struct ImportWork {
    private let importer: ScheduleImporter
    private let request: ImportRequest

    init() throws {
        guard let zone = ScheduleZone("America/New_York"), let today = LocalDate("2026-03-01"),
            let range = DateRange(today, today)
        else { throw BenchFailure("this system has no time zone America/New_York") }
        let hospital: Identifier<Hospital> = Identifier(DeterministicID.uuid("bench hospital"))
        let context = HospitalContext(
            id: hospital, code: "NORTH", zone: zone, holidays: [], vocabulary: try ShiftVocabulary(ShiftType.initial))
        importer = ScheduleImporter(context: context, options: ImportOptions(today: today))
        request = ImportRequest(
            task: TaskIdentity(queue: "bench", taskID: "bench", taskType: "ods:import", payloadSHA256: ""),
            hospitalID: hospital, versionID: Identifier(DeterministicID.uuid("bench version")), sourceSHA256: "",
            sourceName: "bench.ods", proposedRange: range)
    }

    /// Reads and validates.
    func draft(of bytes: [UInt8]) throws -> ScheduleDraft {
        try importer.read(bytes)
    }

    /// Encodes.
    func encodedBytes(of draft: ScheduleDraft) throws -> Int {
        try request.encodedBytes(of: draft)
    }
}
