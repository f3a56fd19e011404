import ConcurrencySupport
import Logging
import Redis

/// Waits for pushes to pending lists, one blocking connection a queue, made when a queue is first waited on.
final class QueueWaiters: Sendable {
    /// How much later than Redis the client gives up on a wait.
    private static let grace: Duration = .seconds(5)

    private let configuration: RedisConfiguration
    private let logger: Logger
    private let clients = LockedValue<[String: RedisClient]>([:])

    /// Connects nothing yet.
    init(_ configuration: RedisConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

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
        _ = try await client(for: pending).send(
            RedisCommand("BLMOVE", [.string(pending), .string(pending), "RIGHT", "RIGHT", .string(limit)]),
            timeout: timeout + Self.grace)
    }

    /// Closes all connections; waits that are under way end with `.closed`.
    func close() async {
        let open = clients.withLock { clients in
            defer { clients = [:] }
            return Array(clients.values)
        }
        for client in open { await client.close() }
    }

    private func client(for pending: String) -> RedisClient {
        clients.withLock { clients in
            if let client = clients[pending] { return client }
            let client = RedisClient(configuration, name: "schedcu-wait", logger: logger)
            clients[pending] = client
            return client
        }
    }
}
