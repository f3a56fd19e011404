import ConcurrencySupport
package import Testing

/// Gives every test, and every case of a parameterised one, a schema of its own; see ``PostgresSchema``.
package struct PostgresSchemaTrait: SuiteTrait, TestTrait, TestScoping {
    /// The running test's schema.
    @TaskLocal package static var current: PostgresSchema?

    /// Tests that have a schema at one time: with four connections each they stay far below the server's limit.
    private static let lease = Lease(count: 16)

    let isMigrated: Bool

    package var isRecursive: Bool { true }

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard let serverURL = PostgresSchema.serverURL else { return try await body() }
        await Self.lease.take()
        defer { Self.lease.giveBack() }
        let schema = PostgresSchema(serverURL: serverURL)
        do {
            try await schema.create(isMigrated: isMigrated)
            try await Self.$current.withValue(schema, operation: body)
        } catch {
            await clean(schema)
            throw error
        }
        await clean(schema)
    }

    /// Drops the schema, also when the test's task was cancelled by a time limit: a new task does not inherit that.
    private func clean(_ schema: PostgresSchema) async {
        let result = await Task { try await schema.drop() }.result
        if case .failure(let error) = result { Issue.record(error, "the schema \(schema.name) was left behind") }
    }
}

extension Trait where Self == PostgresSchemaTrait {
    /// An empty schema.
    package static var postgresSchema: Self { PostgresSchemaTrait(isMigrated: false) }

    /// A schema to which `ops/migrations` was applied, if asked for.
    package static func postgresSchema(migrated: Bool) -> Self { PostgresSchemaTrait(isMigrated: migrated) }
}

extension Trait where Self == ConditionTrait {
    /// Skips where no server is named.
    package static var requiresPostgres: Self {
        .enabled("set TEST_POSTGRES_URL") { PostgresSchema.serverURL != nil }
    }
}

/// Lets so many callers in at one time, in order of arrival.
private final class Lease: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: LockedValue<State>

    init(count: Int) {
        state = LockedValue(State(free: count))
    }

    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    func giveBack() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
