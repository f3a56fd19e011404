import Foundation
import Postgres
import PostgresTestSupport
import Testing

@Suite(.requiresPostgres, .postgresSchema, .timeLimit(.minutes(1))) struct MigratorTests {
    let schema: PostgresSchema
    let pool: PostgresPool

    init() throws {
        schema = try #require(PostgresSchemaTrait.current)
        pool = schema.pool
    }

    private var shipped: Migrator {
        get throws {
            try Migrator(pool: pool, migrations: Migrator.load(directory: PostgresSchema.migrationsDirectory))
        }
    }

    /// Everything that the catalog knows of the schema, one line each.
    private func catalog() async throws -> [String] {
        try await pool.query(
            """
            SELECT format('%s %s %s %s %s', table_name, column_name, data_type || coalesce('(' || character_maximum_length || ')', ''),
                is_nullable, column_default) AS line
            FROM information_schema.columns WHERE table_schema = \(schema.name)
            UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
            FROM pg_constraint WHERE connamespace = to_regnamespace(\(schema.name)) AND conrelid <> 0
            UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = \(schema.name)
            ORDER BY 1
            """, operation: "catalog"
        ).map { try $0.decode(String.self, "line") }
    }

    @Test func `up, down and up again give the same schema`() async throws {
        let migrator = try shipped
        let labels = try await migrator.up()
        let first = try await catalog()
        #expect(try await migrator.down(labels.count) == labels.reversed())
        let tables = try await pool.query(
            "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = \(schema.name)", operation: "tables")
        #expect(try tables.map { try $0.decode(String.self, "name") } == ["schema_migrations"])
        #expect(try await migrator.up() == labels)
        #expect(try await catalog() == first)
    }

    @Test func `nothing is applied twice`() async throws {
        let migrator = try shipped
        #expect(try await migrator.up().isEmpty == false)
        #expect(try await migrator.up() == [])
    }

    @Test func `several migrators at once apply each step once`() async throws {
        let migrator = try shipped
        let expected = try Migrator.load(directory: PostgresSchema.migrationsDirectory).map(\.label)
        async let first = migrator.up()
        async let second = migrator.up()
        async let third = migrator.up()
        #expect(try await (first + second + third).sorted() == expected)
    }

    @Test func `status tells what is applied and writes nothing`() async throws {
        let migrations = [
            Migration(version: 1, name: "one", up: "CREATE TABLE one ()", down: "DROP TABLE one"),
            Migration(version: 2, name: "two", up: "CREATE TABLE two ()", down: "DROP TABLE two"),
        ]
        let both = Migrator(pool: pool, migrations: migrations)
        #expect(try await both.status().map { $0.applied == nil } == [true, true])
        #expect(try await catalog().isEmpty)
        _ = try await Migrator(pool: pool, migrations: [migrations[0]]).up()
        #expect(try await both.status().map { $0.applied == nil } == [false, true])
        #expect(try await both.down(0) == [])
        #expect(try await both.down(5) == ["0001_one"])
    }

    @Test func `a step that fails leaves nothing behind and keeps the steps before it`() async throws {
        let migrator = Migrator(
            pool: pool,
            migrations: [
                Migration(version: 1, name: "good", up: "CREATE TABLE good ()", down: "DROP TABLE good"),
                Migration(
                    version: 2, name: "bad", up: "CREATE TABLE half (); SELECT nonsense", down: "DROP TABLE half"),
            ])
        let error = await #expect(throws: PostgresError.self) { _ = try await migrator.up() }
        #expect(error?.operation == "migrate-up-0002_bad")
        #expect(try await migrator.status().map { $0.applied == nil } == [false, true])
        #expect(try await !catalog().contains { $0.contains("half") })
    }

    @Test func `a step that was changed, lost or slipped in is reported`() async throws {
        func migration(_ version: Int, _ up: String) -> Migration {
            Migration(version: version, name: "step", up: up, down: "SELECT 1")
        }
        let pool = pool
        func up(_ migrations: [Migration]) async throws {
            _ = try await Migrator(pool: pool, migrations: migrations).up()
        }
        try await up([migration(2, "SELECT 1")])
        await #expect(throws: MigrationError.changed("0002_step")) { try await up([migration(2, "SELECT 2")]) }
        await #expect(throws: MigrationError.unknown("0002_step")) { try await up([migration(3, "SELECT 1")]) }
        await #expect(throws: MigrationError.outOfOrder("0001_step")) {
            try await up([migration(1, "SELECT 1"), migration(2, "SELECT 1")])
        }
    }

    @Test func `half a pair, a doubled number and a strange name are reported`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(schema.name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ name: String) throws {
            try Data("SELECT 1".utf8).write(to: folder.appendingPathComponent(name))
        }
        #expect(throws: MigrationError.unreadable(path: folder.path + "x")) {
            try Migrator.load(directory: folder.path + "x")
        }
        try write("0001_one.up.sql")
        #expect(throws: MigrationError.unpaired("1_one")) { try Migrator.load(directory: folder.path) }
        try write("0001_one.down.sql")
        #expect(try Migrator.load(directory: folder.path).map(\.label) == ["0001_one"])
        try write("1_two.up.sql")
        #expect(throws: MigrationError.duplicateVersion(1)) { try Migrator.load(directory: folder.path) }
        try write("0000.sql")
        #expect(throws: MigrationError.badFileName("0000.sql")) { try Migrator.load(directory: folder.path) }
    }
}
