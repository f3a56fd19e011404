import Foundation
import Postgres
import PostgresTestSupport
import Testing

@Suite(.requiresPostgres, .postgresSchema(migrated: true), .timeLimit(.minutes(1))) struct SchemaTests {
    private static let systemUser = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1))

    let schema: PostgresSchema
    let pool: PostgresPool

    init() throws {
        schema = try #require(PostgresSchemaTrait.current)
        pool = schema.pool
    }

    private func makeHospital() async throws -> UUID {
        try await pool.query(
            "INSERT INTO hospitals (code, name, timezone) VALUES ('NORTH', 'North', 'UTC') RETURNING id",
            operation: "hospital"
        )[0].decode("id")
    }

    private func addVersion(
        _ hospital: UUID, _ number: Int, _ dates: (PostgresDate?, PostgresDate?), status: String = "PRODUCTION"
    ) async throws(PostgresError) {
        _ = try await pool.query(
            """
            INSERT INTO schedule_versions
                (hospital_id, version_no, status, effective_start_date, effective_end_date, created_by, updated_by)
            VALUES (\(hospital), \(number), \(status), \(dates.0), \(dates.1), \(Self.systemUser), \(Self.systemUser))
            """, operation: "version")
    }

    @Test func `there are the sixteen tables`() async throws {
        let rows = try await pool.query(
            "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = \(schema.name) ORDER BY 1",
            operation: "tables")
        #expect(
            try rows.map { try $0.decode(String.self, "name") } == [
                "assignments", "audit_logs", "coverage_calculations", "coverage_rules", "hospital_holidays",
                "hospitals",
                "import_runs", "person_hospitals", "persons", "schedule_versions", "schema_migrations",
                "scrape_batches",
                "scrape_month_checkpoints", "shift_instances", "shift_types", "users", "worklists",
            ])
    }

    @Test func `the system user is there and cannot log in`() async throws {
        let row = try #require(
            try await pool.query(
                "SELECT email, active, password_hash FROM users WHERE id = \(Self.systemUser)", operation: "user"
            ).first)
        #expect(try row.decode(String.self, "email") == "system@schedule.invalid")
        #expect(try row.decode(Bool.self, "active") == false)
        #expect(try row.decode(String?.self, "password_hash") == nil)
    }

    @Test func `two production versions of a hospital cannot share a day`() async throws {
        let hospital = try await makeHospital()
        func march(_ from: Int, _ to: Int) -> (PostgresDate?, PostgresDate?) {
            (PostgresDate(year: 2026, month: 3, day: from), PostgresDate(year: 2026, month: 3, day: to))
        }
        try await addVersion(hospital, 1, march(1, 10))
        let error = await #expect(throws: PostgresError.self) { try await addVersion(hospital, 2, march(10, 20)) }
        #expect(error?.constraint == "schedule_versions_production_excl")
        try await addVersion(hospital, 2, march(11, 20))
        try await addVersion(hospital, 3, march(1, 20), status: "STAGING")
        try await addVersion(hospital, 4, march(1, 20), status: "ARCHIVED")
    }

    @Test func `a deleted person's address may be used again, a living one's not in any case`() async throws {
        func add(_ email: String) async throws(PostgresError) {
            _ = try await pool.query(
                "INSERT INTO persons (email, name, specialty) VALUES (\(email), 'Ada Quill', 'BOTH')",
                operation: "person")
        }
        try await add("ada@north.example")
        let error = await #expect(throws: PostgresError.self) { try await add("ADA@north.example") }
        #expect(error?.constraint == "persons_email_key")
        _ = try await pool.query("UPDATE persons SET deleted_at = now()", operation: "delete")
        try await add("ADA@north.example")
    }

    @Test func `no index repeats another`() async throws {
        let doubled = try await pool.query(
            """
            SELECT a.indexrelid::regclass::text AS name FROM pg_index a JOIN pg_index b USING (indrelid)
            WHERE a.indexrelid > b.indexrelid AND a.indkey = b.indkey AND a.indrelid::regclass::text = ANY
                (SELECT tablename FROM pg_tables WHERE schemaname = \(schema.name))
                AND a.indpred IS NOT DISTINCT FROM b.indpred AND a.indexprs IS NOT DISTINCT FROM b.indexprs
                AND a.indoption = b.indoption
            """, operation: "indexes")
        #expect(try doubled.map { try $0.decode(String.self, "name") } == [])
    }

    @Test func `the ledger has one row for a queue, task and phase`() async throws {
        let hospital = try await makeHospital()
        let digest = String(repeating: "a", count: 64)
        func add(queue: String) async throws(PostgresError) {
            _ = try await pool.query(
                """
                INSERT INTO import_runs (queue, task_id, phase, task_type, hospital_id, payload_sha256, created_by)
                VALUES (\(queue), 't', 'ods', 'ods:import', \(hospital), \(digest), \(Self.systemUser))
                """, operation: "run")
        }
        try await add(queue: "a")
        try await add(queue: "b")
        let error = await #expect(throws: PostgresError.self) { try await add(queue: "a") }
        #expect(error?.constraint == "import_runs_pkey")
    }

    @Test func `a child process is led into the schema by the URL`() async throws {
        let child = PostgresPool(
            PostgresConfiguration(url: schema.url), name: "child", size: 1, logger: PostgresSchema.silent)
        let rows = try await child.query("SELECT current_schema()::text AS name", operation: "schema")
        #expect(try rows[0].decode(String.self, "name") == schema.name)
        await child.close()
    }
}
