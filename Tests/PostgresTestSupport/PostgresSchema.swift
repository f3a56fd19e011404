import Foundation
package import Logging
package import Postgres

/// A schema of its own for one test, with a pool that works in it.
package struct PostgresSchema: Sendable {
    /// The schema's name, random.
    package let name: String
    /// Connects into the schema; `public` is searched after it, because extensions live there.
    package let configuration: PostgresConfiguration
    /// Four connections at most; closed when the test ends.
    package let pool: PostgresPool
    /// A URI that leads a child process into the schema.
    package let url: String

    /// The repository's `ops/migrations`.
    package static let migrationsDirectory = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("ops/migrations").path

    /// Where the server for tests is, from `TEST_POSTGRES_URL`; `nil` when none is named.
    package static var serverURL: String? {
        ProcessInfo.processInfo.environment["TEST_POSTGRES_URL"].flatMap { $0.isEmpty ? nil : $0 }
    }

    private static let poolSize = 4
    /// Any number that all tests agree on.
    private static let extensionLock = 7_432

    /// Makes the schema's name and pool, not the schema.
    init(serverURL: String) {
        name = "test_" + UUID().uuidString.lowercased().replacing("-", with: "")
        configuration = PostgresConfiguration(url: serverURL, searchPath: "\(name), public")
        pool = PostgresPool(configuration, name: "test", size: Self.poolSize, logger: Self.silent)
        url = serverURL + (serverURL.contains("?") ? "&" : "?") + "options=-csearch_path%3D\(name)%2Cpublic"
    }

    /// A logger that says nothing: tests provoke failures.
    package static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    func create(isMigrated: Bool) async throws {
        try await pool.transaction { transaction in
            // CREATE EXTENSION IF NOT EXISTS fails in one of two sessions that run it at once.
            try await transaction.execute(
                script: """
                    SELECT pg_advisory_xact_lock(\(Self.extensionLock));
                    CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public;
                    CREATE SCHEMA \(name)
                    """, operation: "create-schema")
        }
        guard isMigrated else { return }
        _ = try await Migrator(pool: pool, migrations: Migrator.load(directory: Self.migrationsDirectory)).up()
    }

    func drop() async throws {
        await pool.close()
        let cleaner = PostgresPool(configuration, name: "cleaner", size: 1, logger: Self.silent)
        do {
            // A busy test process may come back to its transaction late.
            try await cleaner.transaction(limits: PostgresTransactionLimits(idle: .seconds(60))) { transaction in
                try await transaction.execute(script: "DROP SCHEMA IF EXISTS \(name) CASCADE", operation: "drop-schema")
            }
        } catch {
            await cleaner.close()
            throw error
        }
        await cleaner.close()
    }
}
