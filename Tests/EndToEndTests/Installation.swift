import Foundation
import Logging
import Postgres
import PostgresTestSupport
import Redis
import RedisTestSupport
import TaskEvents
import TaskQueue
import Testing

/// One hospital with its people, an Amion stand-in and workers, on a Redis database and a Postgres schema of its own.
final class Installation {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    let redis: TestRedis
    let postgres: PostgresSchema
    let environment: [String: String]
    private let standin: Program
    private let standinAddress: String
    private(set) var workers: [Program] = []

    /// Sets the hospital NORTH up in the databases that the test has leased.
    ///
    /// - Parameter arguments: Further arguments of the stand-in, how it misbehaves.
    /// - Throws: What keeps a program from starting.
    init(standin arguments: [String] = []) async throws {
        redis = try #require(RedisDatabaseTrait.current)
        postgres = try #require(PostgresSchemaTrait.current)
        environment = ["SCHEDCU_REDIS_URL": redis.url, "SCHEDCU_POSTGRES_URL": postgres.url, "NO_COLOR": "1"]
        standin = try Program("amion-standin", ["--listen", "127.0.0.1:0", "--latency", "0"] + arguments)
        standinAddress = try await Self.address(of: standin)
        try await setUp(["hospitals", "add", "NORTH", "--name", "North Campus", "--timezone", "America/New_York"])
        try await setUp(["hospitals", "settings", "set", "NORTH", "amion.base_url", "http://\(standinAddress)"])
        try await setUp(["people", "sync", Self.root.appending(path: "ops/samples/people.yaml").path])
    }

    /// Starts workers.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - environment: Settings that differ from the installation's.
    /// - Throws: What keeps one from starting.
    func startWorkers(_ count: Int, environment: [String: String] = [:]) throws {
        let own = [
            "SCHEDCU_AMION_HOSTS": "\(standinAddress)+private+http",
            // Tests scrape the same months again and again.
            "SCHEDCU_AMION_FLOOR": "0s",
        ]
        let all = self.environment.merging(own) { $1 }.merging(environment) { $1 }
        for _ in 0..<count { workers.append(try Program("schedcu-worker", ["run"], environment: all)) }
    }

    /// Runs the producer.
    func schedcu(_ arguments: [String]) async throws -> Program.Ending {
        try await Program.run("schedcu", arguments, environment: environment)
    }

    /// A shipped sample's path.
    static func sample(_ name: String) -> String { root.appending(path: "ops/samples/\(name)").path }

    /// Follows a task of the hospital's queue from its first event until `stop` says so.
    func follow(_ taskID: String, until stop: (TaskEvent) throws -> Bool) async throws {
        let follower = TaskEventFollower(configuration: redis.configuration, logger: redis.logger)
        for try await event in follower.events(of: [(queue: "hospital-NORTH", id: taskID)]) where try stop(event) {
            break
        }
        await follower.close()
    }

    /// Enqueues any bytes as a task of the hospital's queue and returns its id.
    func enqueueRaw(type: String, payload: [UInt8]) async throws -> String {
        let client = TaskClient(redis: redis.configuration, logger: redis.logger)
        var options = EnqueueOptions()
        options.queue = "hospital-NORTH"
        let info = try await client.enqueue(QueueTask(type: type, payload: payload), options)
        await client.close()
        return info.id
    }

    /// A task of the hospital's queue.
    func task(_ id: String) async throws -> TaskInfo {
        let inspector = TaskInspector(redis: redis.configuration, logger: redis.logger)
        let info = try await inspector.task(id, in: "hospital-NORTH")
        await inspector.close()
        return info
    }

    /// Everything that the tasks left in Postgres, without ids and moments of the run: a line a row, sorted.
    func effects() async throws -> [String] {
        try await postgres.pool.query(Self.effectsQuery, operation: "effects").map {
            try $0.decode(String.self, "line")
        }
    }

    /// Removes what tasks have left, so that the same task can be run as the first one again.
    func forgetTasks() async throws {
        let statements: [PostgresQuery] = [
            "TRUNCATE schedule_versions, scrape_batches, import_runs, scrape_month_checkpoints, worklists CASCADE",
            "DELETE FROM audit_logs WHERE task_id IS NOT NULL", "UPDATE hospitals SET last_version_no = 0",
        ]
        for statement in statements { _ = try await postgres.pool.query(statement, operation: "forget") }
    }

    private static let effectsQuery: PostgresQuery = """
        SELECT line FROM (
            SELECT concat_ws(' ', 'version', version_no, status, effective_start_date, effective_end_date, layout,
                source_sha256, data_revision) AS line FROM schedule_versions
            UNION ALL SELECT concat_ws(' ', 'shift', schedule_date, shift_type, starts_at, ends_at, study_type,
                specialty_constraint, desired_coverage, source_key, deleted_at IS NULL) FROM shift_instances
            UNION ALL SELECT concat_ws(' ', 'rule', w.label_key, r.shift_type, r.day_type, r.scenario, r.window_start,
                r.window_end, r.sheet_name, r.source_row) FROM coverage_rules r JOIN worklists w ON w.id = r.worklist_id
            UNION ALL SELECT concat_ws(' ', 'assignment', p.name, s.schedule_date, s.shift_type, a.source,
                a.deleted_at IS NULL) FROM assignments a JOIN persons p ON p.id = a.person_id
                JOIN shift_instances s ON s.id = a.shift_instance_id
            UNION ALL SELECT concat_ws(' ', 'batch', state, row_count, ingest_checksum) FROM scrape_batches
            UNION ALL SELECT concat_ws(' ', 'coverage', overall_percentage, acceptable, data_revision,
                md5(coverage_by_position::text)) FROM coverage_calculations
            UNION ALL SELECT concat_ws(' ', 'run', phase, status, outcome) FROM import_runs
            UNION ALL SELECT concat_ws(' ', 'audit', action) FROM audit_logs WHERE task_id IS NOT NULL
        ) lines ORDER BY line
        """

    private func setUp(_ arguments: [String]) async throws {
        let ending = try await schedcu(arguments)
        try #require(ending.status == 0, "schedcu \(arguments.joined(separator: " ")): \(ending.errors)")
    }

    private static func address(of standin: Program) async throws -> String {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(60)
        while clock.now < deadline {
            if let range = standin.output.firstRange(of: "http://") {
                let address = standin.output[range.upperBound...].prefix { !$0.isWhitespace }
                if standin.output.contains("\n") { return String(address) }
            }
            await Task.yield()
        }
        throw StandinSilent()
    }

    /// The stand-in did not say where it listens.
    struct StandinSilent: Error {}
}
