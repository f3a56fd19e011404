import Postgres
import Redis
import ScheduleModel
import ScheduleStore
import TaskQueue

extension GlobalOptions {
    /// Connects to Redis, and closes when `body` is done.
    ///
    /// The first command says soon whether Redis is there: all others would wait for it to come back.
    ///
    /// - Parameter body: Gets the one connection.
    /// - Returns: What `body` returns.
    /// - Throws: `RedisError` when Redis does not answer within 3 s, or what `body` throws.
    func withRedis<Value>(_ body: (RedisClient) async throws -> Value) async throws -> Value {
        let client = RedisClient(try redisConfiguration(), logger: logger)
        do {
            try await client.send(RedisCommand("PING"), timeout: .seconds(3))
            let value = try await body(client)
            await client.close()
            return value
        } catch {
            await client.close()
            throw error
        }
    }

    /// Opens Postgres with one connection, and closes it when `body` is done.
    ///
    /// - Parameter body: Gets the store.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws.
    func withStore<Value>(_ body: (ScheduleStore) async throws -> Value) async throws -> Value {
        let pools = PostgresPools(try postgresConfiguration(), sizes: [.interactive: 1], logger: logger)
        do {
            let value = try await body(ScheduleStore(pools: pools, logger: logger))
            await pools.close()
            return value
        } catch {
            await pools.close()
            throw error
        }
    }

    /// The acting user, when one of `roles` is held.
    ///
    /// - Parameters:
    ///   - store: Where users are.
    ///   - roles: The roles that may do it.
    /// - Returns: The user's id; the system user when nobody is named.
    /// - Throws: ``CommandFailure`` when the user is unknown, inactive or may not.
    func actor(in store: ScheduleStore, holding roles: Set<UserRole>) async throws -> Identifier<User> {
        guard let actorEmail else { return .system }
        guard let user = try await store.userID(email: actorEmail), user.isActive else {
            throw CommandFailure(.failed, "--as", "no active user has this address. check --as or SCHEDCU_USER")
        }
        guard roles.contains(user.role) else {
            let names = UserRole.allCases.filter(roles.contains).map(\.rawValue).joined(separator: " or ")
            throw CommandFailure(
                .failed, "--as", "this needs the role \(names), the user is \(user.role.rawValue). ask an administrator"
            )
        }
        return user.id
    }
}
