import ConcurrencySupport
import Logging
import Redis

/// Waits for pushes to pending lists, one blocking connection a queue, made when a queue is first waited on.
///
/// Of the connections that nobody waits on, the ones that were used last are kept, ``mostIdle`` of them.
final class QueueWaiters: Sendable {
    /// How many connections are kept without a wait: as many as a server waits on at a time.
    static let mostIdle = PendingWatch.mostWaiters
    /// How much later than Redis the client gives up on a wait.
    private static let grace: Duration = .seconds(5)

    private struct Connection {
        let client: RedisClient
        var waits = 0
        /// When it was used last, by ``Pool/uses``.
        var lastUse = 0
    }

    private struct Pool {
        var connections: [String: Connection] = [:]
        /// Counts the uses of all connections.
        var uses = 0
    }

    private let configuration: RedisConfiguration
    private let logger: Logger
    private let pool = LockedValue(Pool())

    /// Connects nothing yet.
    init(_ configuration: RedisConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// How many connections are kept, those that are waited on included.
    var count: Int { pool.withLock { $0.connections.count } }

    /// Waits until the list has an element or `timeout` has passed.
    ///
    /// `BLMOVE` from the list's right end to the same end changes nothing, and returns at once when there is an element
    /// (decision D3).
    func wait(for pending: String, timeout: Duration) async throws(RedisError) {
        let (seconds, attoseconds) = timeout.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        // Redis reads 0 as "for ever".
        guard milliseconds > 0 else { return }
        let limit = "\(milliseconds / 1000).\(String(milliseconds % 1000 + 1000).dropFirst())"
        let command = RedisCommand("BLMOVE", [.string(pending), .string(pending), "RIGHT", "RIGHT", .string(limit)])
        let client = begin(pending)
        let failure: RedisError?
        do throws(RedisError) {
            _ = try await client.send(command, timeout: timeout + Self.grace)
            failure = nil
        } catch { failure = error }
        for idle in end(pending, of: client) { await idle.close() }
        if let failure { throw failure }
    }

    /// Closes all connections; waits that are under way end with `.closed`.
    func close() async {
        let open = pool.withLock { pool in
            defer { pool.connections = [:] }
            return pool.connections.values.map(\.client)
        }
        for client in open { await client.close() }
    }

    private func begin(_ pending: String) -> RedisClient {
        pool.withLock { pool in
            var connection =
                pool.connections[pending]
                ?? Connection(client: RedisClient(configuration, name: "schedcu-wait", logger: logger))
            connection.waits += 1
            pool.connections[pending] = connection
            return connection.client
        }
    }

    /// Notes that a wait is over; the returned clients are no longer known here and are to be closed.
    private func end(_ pending: String, of client: RedisClient) -> [RedisClient] {
        pool.withLock { pool in
            // All may have been closed meanwhile, and others made.
            guard pool.connections[pending]?.client === client else { return [] }
            pool.uses += 1
            pool.connections[pending]?.waits -= 1
            pool.connections[pending]?.lastUse = pool.uses
            let idle = pool.connections.filter { $0.value.waits == 0 }.sorted { $0.value.lastUse < $1.value.lastUse }
            return idle.dropLast(Self.mostIdle).map { name, connection in
                pool.connections[name] = nil
                return connection.client
            }
        }
    }
}
