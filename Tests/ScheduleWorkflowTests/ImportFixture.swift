import ConcurrencySupport
import Foundation
import Logging
import Postgres
import PostgresTestSupport
import Redis
import RedisTestSupport
import ScheduleModel
import ScheduleStore
import ScheduleTasks
import TaskQueue
import Testing

@testable import ScheduleWorkflow
@testable import TaskEvents

/// Everything that an import in a worker needs: a hospital in Postgres, files in a folder, and an ear for its events.
final class ImportFixture: Sendable {
    let store: ScheduleStore
    let pool: PostgresPool
    let hospital: HospitalContext
    let folder: URL
    private let redis: TestRedis
    private let tasks: TaskClient
    private let heard = LockedValue<[TaskEvent]>([])
    /// Called whenever a run asks for the time, the first time before anything is read.
    let onTime = LockedValue<(@Sendable () -> Void)?>(nil)

    init() async throws {
        let schema = try #require(PostgresSchemaTrait.current)
        redis = try #require(RedisDatabaseTrait.current)
        pool = schema.pool
        let pools = PostgresPools(
            schema.configuration, sizes: [.ods: 2, .coverage: 1, .interactive: 1], logger: PostgresSchema.silent)
        store = ScheduleStore(pools: pools, logger: PostgresSchema.silent)
        hospital = try await store.hospital(
            id: store.addHospital(code: "NORTH", name: "North", timezone: "America/New_York"))
        folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        tasks = TaskClient(redis: redis.configuration, logger: redis.logger)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Puts a file into the import directory.
    func put(_ name: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: folder.appending(path: name)) }

    /// Puts a shipped sample into the import directory under a name.
    func putSample(_ sample: String, as name: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        try put(name, Array(Data(contentsOf: root.appending(path: "ops/samples/\(sample)"))))
    }

    /// Runs the import of a file as a task.
    ///
    /// - Parameters:
    ///   - id: The task's id.
    ///   - file: The file's name.
    ///   - change: What else the payload says.
    /// - Returns: The report and the statements of the run; its events are in ``errors`` and ``progress``.
    /// - Throws: What the phase throws.
    func run(
        _ id: String, file: String = "plan.ods", _ change: (inout SchedulePayload) -> Void = { _ in }
    ) async throws -> (report: PhaseReport, counts: StatementCounts) {
        heard.withLock { $0 = [] }
        var payload = SchedulePayload()
        payload.hospitalID = hospital.id
        payload.filename = file
        change(&payload)
        let source = EventSource(taskID: id, type: "ods:import", queue: "q", attempt: 1, worker: "host:1")
        let reporter = TaskReporter(source: source, timeline: .system, logger: redis.logger) { [heard] events in
            let decoded = try events.map { try TaskEvent(decoding: $0.prefix + Array("\($0.number)".utf8) + $0.suffix) }
            heard.withLock { $0 += decoded }
        }
        let (onTime, logger) = (onTime, redis.logger)
        let services = WorkflowServices(
            store: store, redis: redis.client, tasks: tasks,
            events: TaskEventPublisher(redis: redis.client, logger: logger), amionHosts: [],
            importDirectory: folder.path, logger: logger,
            now: {
                onTime.withLock { $0 }?()
                return Date(timeIntervalSince1970: 1_772_800_000)
            })
        let task = TaskIdentity(
            queue: "q", taskID: id, taskType: "ods:import", payloadSHA256: String(repeating: "a", count: 64))
        let run = PhaseRun(
            services: services, type: .odsImport, payload: payload, task: task, hospital: hospital, reporter: reporter)
        let counter = StatementCounter(run: id, phase: "ods")
        do {
            let report = try await counter.counting { try await ImportPhase(run: run).perform() }
            _ = await reporter.flush()
            return (report, counter.counts)
        } catch {
            _ = await reporter.flush()
            throw error
        }
    }

    /// The `errors` events of the last run.
    var errors: [TaskEvent] { heard.withLock { $0.filter { $0.kind == .errors } } }
    /// The `progress` events of the last run.
    var progress: [TaskEvent] { heard.withLock { $0.filter { $0.kind == .progress } } }
    /// The messages that the last run streamed, in order, without their times.
    var streamed: [JSONValue] { errors.flatMap { $0.body["messages"]?.arrayValue ?? [] }.map(Self.timeless) }

    /// A message without its time, which is stored in whole seconds.
    static func timeless(_ message: JSONValue) -> JSONValue {
        .object((message.objectValue ?? [:]).filter { $0.key != "timestamp" })
    }

    /// The report that the version's row holds.
    func storedValidation() async throws -> JSONValue {
        let rows = try await pool.query(
            "SELECT (validation_results -> 'ods')::text AS r FROM schedule_versions ORDER BY version_no DESC LIMIT 1",
            operation: "test")
        return try JSONValue(parsing: Array(try #require(rows.first).decode(String.self, "r").utf8))
    }

    /// Rows in all tables that an import writes; the hospital itself is audited too.
    func importedRows() async throws -> Int {
        let rows = try await pool.query(
            """
            SELECT (SELECT count(*) FROM schedule_versions) + (SELECT count(*) FROM shift_instances)
                + (SELECT count(*) FROM coverage_rules) + (SELECT count(*) FROM worklists)
                + (SELECT count(*) FROM import_runs) + (SELECT count(*) FROM audit_logs WHERE action LIKE 'IMPORT%') AS n
            """, operation: "test")
        return try #require(rows.first).decode(Int.self, "n")
    }

    /// A dated list of rows of date, shift type and head count.
    static func list(_ rows: [String]) -> [UInt8] {
        let cells = (["Date,ShiftType,RequiredStaffing"] + rows).map { row in
            let cells = row.split(separator: ",").map { "<t:table-cell><x:p>\($0)</x:p></t:table-cell>" }
            return "<t:table-row>\(cells.joined())</t:table-row>"
        }
        let document = """
            <o:document xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0" \
            xmlns:t="urn:oasis:names:tc:opendocument:xmlns:table:1.0" \
            xmlns:x="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><o:body><o:spreadsheet>\
            <t:table t:name="List">\(cells.joined())</t:table></o:spreadsheet></o:body></o:document>
            """
        return Array(document.utf8)
    }
}
