import ConcurrencySupport
import Foundation
import HTTP
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

/// Everything that a scrape in a worker needs: a hospital with people and versions in Postgres, a scripted server, an ear
/// for events, and a wall clock that a test sets.
final class ScrapeRunFixture: Sendable {
    let store: ScheduleStore
    let pool: PostgresPool
    let amion: ScriptedAmion
    /// What the worker takes for now.
    let now = LockedValue(Date(timeIntervalSince1970: 0))
    let redis: TestRedis
    private let tasks: TaskClient
    private let heard = LockedValue<[TaskEvent]>([])

    init(settings: [(String, String)] = []) async throws {
        let schema = try #require(PostgresSchemaTrait.current)
        redis = try #require(RedisDatabaseTrait.current)
        pool = schema.pool
        let pools = PostgresPools(
            schema.configuration, sizes: [.amion: 2, .coverage: 1, .interactive: 1], logger: PostgresSchema.silent)
        store = ScheduleStore(pools: pools, logger: PostgresSchema.silent)
        amion = try await ScriptedAmion()
        tasks = TaskClient(redis: redis.configuration, logger: redis.logger)
        _ = try await store.addHospital(code: "NORTH", name: "North", timezone: "America/New_York")
        let basic = [("amion.base_url", amion.baseURL), ("rate_policy.interval_ms", "0")]
        for (path, value) in basic + settings {
            try await store.setHospitalSetting(code: "NORTH", path: path, value: value)
        }
        for name in ["Ada Quill", "Ben Tarn"] { try await makePerson(name) }
        set("2026-03-20T02:00:00Z")
    }

    /// The same hospital and server as a worker sees them that knows nothing of them yet.
    private init(sharing other: ScrapeRunFixture) throws {
        let schema = try #require(PostgresSchemaTrait.current)
        (redis, pool, amion, tasks) = (other.redis, other.pool, other.amion, other.tasks)
        let pools = PostgresPools(
            schema.configuration, sizes: [.amion: 2, .coverage: 1, .interactive: 1], logger: PostgresSchema.silent)
        store = ScheduleStore(pools: pools, logger: PostgresSchema.silent)
        now.withLock { now in now = other.now.withLock { $0 } }
    }

    /// A worker on the same hospital and server that has no settings cached.
    static func sharing(_ other: ScrapeRunFixture) async throws -> ScrapeRunFixture {
        try ScrapeRunFixture(sharing: other)
    }

    /// Sets the worker's clock.
    func set(_ moment: String) {
        guard let date = try? Date(moment, strategy: .iso8601) else { preconditionFailure("no moment: \(moment)") }
        now.withLock { $0 = date }
    }

    func makePerson(_ name: String) async throws {
        let hospital = try await store.hospital(code: "NORTH")
        let keys = PersonEntry(name: name, email: "", specialty: .both, aliases: [], hospitals: []).aliasKeys
        _ = try await pool.query(
            """
            WITH p AS (
                INSERT INTO persons (email, name, specialty, alias_keys)
                VALUES (\("\(UUID())@north.example"), \(name), 'BOTH', \(keys)) RETURNING id
            )
            INSERT INTO person_hospitals (person_id, hospital_id) SELECT id, \(hospital.id.uuid) FROM p
            """, operation: "test")
    }

    /// Makes a STAGING version with a slot of MidC on each day.
    func makeVersion(_ number: Int, _ first: String, _ last: String) async throws -> Identifier<ScheduleVersion> {
        let (id, hospital) = (Identifier<ScheduleVersion>(UUID()), try await store.hospital(code: "NORTH"))
        let system = Identifier<User>.system.uuid
        _ = try await pool.query(
            """
            INSERT INTO schedule_versions (id, hospital_id, version_no, effective_start_date, effective_end_date,
                data_revision, created_by, updated_by)
            VALUES (\(id.uuid), \(hospital.id.uuid), \(number), \(first)::text::date, \(last)::text::date, 1, \(system),
                \(system))
            """, operation: "test")
        _ = try await pool.query(
            """
            INSERT INTO shift_instances (schedule_version_id, hospital_id, shift_type, schedule_date, start_time, end_time,
                start_day_offset, end_day_offset, starts_at, ends_at, study_type, specialty_constraint, desired_coverage,
                source_key, created_by)
            SELECT v.id, v.hospital_id, 'MidC', d::date, '17:00', '00:00', 0, 1,
                (d::date + time '17:00') AT TIME ZONE 'America/New_York',
                (d::date + 1)::timestamp AT TIME ZONE 'America/New_York', 'GENERAL', 'BOTH', 2, '', v.created_by
            FROM schedule_versions v, generate_series(v.effective_start_date, v.effective_end_date, '1 day') AS d
            WHERE v.id = \(id.uuid)
            """, operation: "test")
        return id
    }

    /// Runs a scrape as a task of a worker.
    ///
    /// - Parameters:
    ///   - id: The task's id.
    ///   - version: The version to fill.
    ///   - forgettingPages: Whether Redis no longer knows which pages the fleet fetched lately; its clock cannot be turned
    ///     along with the test's.
    ///   - change: What else the payload says.
    /// - Returns: The report and the statements of the run; its events are in ``messages`` and ``progress``.
    /// - Throws: What the phase throws.
    @discardableResult
    func run(
        _ id: String, into version: Identifier<ScheduleVersion>, forgettingPages: Bool = true,
        _ change: (inout SchedulePayload) -> Void = { _ in }
    ) async throws -> (report: PhaseReport, counts: StatementCounts) {
        heard.withLock { $0 = [] }
        if forgettingPages {
            for key in try await redis.client.send("KEYS", "*:page:*").array() {
                try await redis.client.send("DEL", .string(try key.string()))
            }
        }
        let hospital = try await store.hospital(code: "NORTH")
        var payload = SchedulePayload()
        payload.hospitalID = hospital.id
        payload.versionID = version
        change(&payload)
        let source = EventSource(taskID: id, type: "amion:scrape", queue: "q", attempt: 1, worker: "host:1")
        let reporter = TaskReporter(source: source, timeline: .system, logger: redis.logger) { [heard] events in
            let decoded = try events.map { try TaskEvent(decoding: $0.prefix + Array("\($0.number)".utf8) + $0.suffix) }
            heard.withLock { $0 += decoded }
        }
        let logger = redis.logger
        let services = WorkflowServices(
            store: store, redis: redis.client, tasks: tasks,
            events: TaskEventPublisher(redis: redis.client, logger: logger),
            amionHosts: [AllowedHost(host: "127.0.0.1", port: amion.port, allowPrivate: true, allowHTTP: true)],
            logger: logger, now: { [now] in now.withLock { $0 } })
        let task = TaskIdentity(
            queue: "q", taskID: id, taskType: "amion:scrape", payloadSHA256: String(repeating: "a", count: 64))
        let run = PhaseRun(
            services: services, type: .amionScrape, payload: payload, task: task, hospital: hospital, reporter: reporter
        )
        let counter = StatementCounter(run: id, phase: "amion")
        do {
            let report = try await counter.counting { try await ScrapePhase(run: run).perform() }
            _ = await reporter.flush()
            return (report, counter.counts)
        } catch {
            _ = await reporter.flush()
            throw error
        }
    }

    /// The messages that the last run streamed, in order.
    var messages: [JSONValue] {
        heard.withLock { $0.filter { $0.kind == .errors } }.flatMap { $0.body["messages"]?.arrayValue ?? [] }
    }
    /// The codes of ``messages``.
    var codes: [String] { messages.compactMap { $0["code"]?.stringValue } }
    /// The `progress` events of the last run.
    var progress: [TaskEvent] { heard.withLock { $0.filter { $0.kind == .progress } } }

    /// Live assignments of a version as `date type name source`, sorted.
    func assignments(_ version: Identifier<ScheduleVersion>) async throws -> [String] {
        try await pool.query(
            """
            SELECT a.schedule_date || ' ' || i.shift_type || ' ' || p.name || ' ' || a.source AS line FROM assignments a
            JOIN shift_instances i ON i.id = a.shift_instance_id JOIN persons p ON p.id = a.person_id
            WHERE a.deleted_at IS NULL AND i.schedule_version_id = \(version.uuid) ORDER BY 1
            """, operation: "test"
        ).map { try $0.decode(String.self, "line") }
    }

    /// One text from the database, `nil` for NULL or no row.
    func text(_ query: PostgresQuery) async throws -> String? {
        let rows = try await pool.query(query, operation: "test")
        guard let row = rows.first, let name = rows.columnNames.first else { return nil }
        return try row.decodeOptional(String.self, name)
    }

    /// A row of a month's page: one evening of MidC.
    static func row(_ day: String, _ name: String, role: String = "MidC") -> String {
        "\(day)|\(role)|17:00|00:00|\(name)"
    }
}
