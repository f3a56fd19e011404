package import Foundation

/// Applies numbered steps to the first schema of the search path, and takes them back.
///
/// Each step is one transaction, noted in the table `schema_migrations`. An advisory lock for each schema lets several
/// processes start at once: one applies a step, the others find it done.
package struct Migrator: Sendable {
    /// A step and when it was applied.
    package typealias Status = (version: Int, name: String, applied: Date?)

    /// A step may rewrite a table, and it may wait for another process's step.
    private static let limits = PostgresTransactionLimits(idle: .seconds(60), lock: .seconds(300), statement: .zero)

    private let pool: PostgresPool
    private let migrations: [Migration]

    /// Makes a migrator.
    ///
    /// - Parameters:
    ///   - pool: Where to apply the steps.
    ///   - migrations: All steps, in the order of their numbers.
    package init(pool: PostgresPool, migrations: [Migration]) {
        self.pool = pool
        self.migrations = migrations
    }

    /// Reads all pairs of a folder; see ``Migration/load(directory:)``.
    ///
    /// - Parameter directory: The folder's path, usually `ops/migrations`.
    /// - Returns: The steps.
    /// - Throws: ``MigrationError``.
    package static func load(directory: String) throws(MigrationError) -> [Migration] {
        try Migration.load(directory: directory)
    }

    /// All known steps, and any the database has beyond them.
    ///
    /// Writes nothing.
    ///
    /// - Returns: The steps in the order of their numbers.
    /// - Throws: ``PostgresError``.
    package func status() async throws -> [Status] {
        let applied = try await pool.transaction { transaction in
            try await hasTable(transaction) ? try await self.applied(transaction) : []
        }
        let dates = Dictionary(uniqueKeysWithValues: applied.map { ($0.version, $0.date) })
        let known = Set(migrations.map(\.version))
        let unknown = applied.filter { !known.contains($0.version) }.map { Status($0.version, $0.name, $0.date) }
        return (migrations.map { Status($0.version, $0.name, dates[$0.version]) } + unknown).sorted {
            $0.version < $1.version
        }
    }

    /// Applies every step that is not applied yet.
    ///
    /// - Returns: The labels of the steps that this call applied, such as `0001_people`.
    /// - Throws: ``MigrationError`` or ``PostgresError``; steps applied before the failure stay.
    package func up() async throws -> [String] {
        var labels: [String] = []
        while let label = try await pool.transaction(limits: Self.limits, applyNext) { labels.append(label) }
        return labels
    }

    /// Takes the last applied steps back, the newest first.
    ///
    /// - Parameter count: How many, from 0; fewer when fewer are applied.
    /// - Returns: The labels of the steps that were taken back.
    /// - Throws: ``MigrationError`` or ``PostgresError``; steps taken back before the failure stay so.
    package func down(_ count: Int) async throws -> [String] {
        var labels: [String] = []
        while labels.count < count, let label = try await pool.transaction(limits: Self.limits, revertLast) {
            labels.append(label)
        }
        return labels
    }

    // MARK: One step

    private struct Applied: Sendable {
        let version: Int
        let name: String
        let date: Date
        let checksum: String
    }

    private func applyNext(_ transaction: PostgresTransaction) async throws -> String? {
        let applied = try await lockAndVerify(transaction)
        let last = applied.last?.version ?? 0
        guard let next = migrations.first(where: { migration in !applied.contains { $0.version == migration.version } })
        else { return nil }
        guard next.version > last else { throw MigrationError.outOfOrder(next.label) }
        try await transaction.execute(script: next.up, operation: "migrate-up-\(next.label)")
        _ = try await transaction.query(
            """
            INSERT INTO schema_migrations (version, name, checksum)
            VALUES (\(next.version), \(next.name), encode(sha256(convert_to(\(next.up), 'UTF8')), 'hex'))
            """, operation: "migrate-note")
        return next.label
    }

    private func revertLast(_ transaction: PostgresTransaction) async throws -> String? {
        let applied = try await lockAndVerify(transaction)
        guard let last = applied.last, let migration = migrations.first(where: { $0.version == last.version }) else {
            return nil
        }
        try await transaction.execute(script: migration.down, operation: "migrate-down-\(migration.label)")
        _ = try await transaction.query(
            "DELETE FROM schema_migrations WHERE version = \(last.version)", operation: "migrate-note")
        return migration.label
    }

    private func lockAndVerify(_ transaction: PostgresTransaction) async throws -> [Applied] {
        _ = try await transaction.query(
            "SELECT pg_advisory_xact_lock(hashtextextended('schema_migrations.' || current_schema(), 0))",
            operation: "migrate-lock")
        if try await !hasTable(transaction) {
            try await transaction.execute(script: Self.table, operation: "migrate-table")
        }
        let applied = try await applied(transaction)
        let checksums = try await transaction.query(
            """
            SELECT version, encode(sha256(convert_to(up, 'UTF8')), 'hex') AS checksum
            FROM unnest(\(migrations.map(\.version)), \(migrations.map(\.up))) AS m (version, up)
            """, operation: "migrate-checksums")
        let known = try Dictionary(
            uniqueKeysWithValues: checksums.map {
                try ($0.decode(Int.self, "version"), $0.decode(String.self, "checksum"))
            })
        for step in applied {
            let label = Migration(version: step.version, name: step.name, up: "", down: "").label
            guard let checksum = known[step.version] else { throw MigrationError.unknown(label) }
            guard checksum == step.checksum else { throw MigrationError.changed(label) }
        }
        return applied
    }

    private func hasTable(_ transaction: PostgresTransaction) async throws -> Bool {
        let rows = try await transaction.query(
            """
            SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_migrations')
                AS found
            """, operation: "migrate-look")
        return try rows.first?.decode(Bool.self, "found") ?? false
    }

    private func applied(_ transaction: PostgresTransaction) async throws -> [Applied] {
        try await transaction.query(
            "SELECT version, name, applied_at, checksum FROM schema_migrations ORDER BY version",
            operation: "migrate-read"
        ).map { row in
            try Applied(
                version: row.decode("version"), name: row.decode("name"), date: row.decode("applied_at"),
                checksum: row.decode("checksum"))
        }
    }

    private static let table = """
        CREATE TABLE schema_migrations (
            version int NOT NULL CONSTRAINT schema_migrations_pkey PRIMARY KEY,
            name varchar(255) NOT NULL,
            checksum char(64) NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )
        """
}
