package import Logging
package import Redis
package import Testing

/// One empty database of the test server, for one test.
package struct TestRedis: Sendable {
    /// Where the database is, for clients of the test's own.
    package let configuration: RedisConfiguration
    /// The same as a URL, for executables.
    package let url: String
    /// A client on the database; closed when the test ends.
    package let client: RedisClient
    /// A logger that writes nothing.
    package let logger: Logger
}

/// Leases a database to each test of a suite and empties it first, so that tests run side by side.
package struct RedisDatabaseTrait: SuiteTrait, TestTrait, TestScoping {
    /// The present test's database; `nil` outside a test with the trait.
    @TaskLocal package static var current: TestRedis?

    package let isRecursive = true

    /// Runs a test case with a database of its own.
    ///
    /// - Parameters:
    ///   - test: The test.
    ///   - testCase: The case of it.
    ///   - body: What runs with ``current`` set.
    /// - Throws: What `body` throws, and a `RedisError` where no database can be had.
    package func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let lease = try await DatabaseLease.take()
        let client = RedisClient(lease.configuration, name: "test", logger: lease.logger)
        do {
            try await client.send("FLUSHDB")
            let redis = TestRedis(
                configuration: lease.configuration, url: lease.url, client: client, logger: lease.logger)
            try await Self.$current.withValue(redis) { try await body() }
        } catch {
            await client.close()
            await lease.giveBack()
            throw error
        }
        await client.close()
        await lease.giveBack()
    }
}

extension Trait where Self == RedisDatabaseTrait {
    /// Gives each test an empty database in ``RedisDatabaseTrait/current``.
    package static var redisDatabase: Self { Self() }
}
