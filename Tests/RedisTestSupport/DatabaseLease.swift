import Logging
import Redis

/// The right to use one of the test server's databases, kept as a key in database 0, so that test processes share a server.
struct DatabaseLease {
    let configuration: RedisConfiguration
    let url: String
    let logger: Logger
    private let key: String
    private let token: String
    private let keeper: RedisClient

    /// A crashed process's lease ends by itself after this; longer than any test.
    private static let lifetimeSeconds = 300
    /// How often a free database is looked for while all are taken.
    private static let pollInterval = Duration.milliseconds(20)
    /// When to give up waiting for a free database.
    private static let patience = Duration.seconds(120)

    /// Waits for a free database and takes it.
    static func take() async throws -> DatabaseLease {
        guard let address = TestServer.url else {
            throw RedisError(.invalidConfiguration, "no test server is named: set TEST_REDIS_URL")
        }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var configuration = try RedisConfiguration(url: address)
        configuration.database = 0
        let keeper = RedisClient(configuration, name: "test-lease", logger: logger)
        let token = String(UInt64.random(in: .min ... .max), radix: 36)
        do {
            let setting = try await keeper.send("CONFIG", "GET", "databases").array()
            guard setting.count == 2 else { throw RedisError(.unexpectedReply, "CONFIG GET databases gave no number") }
            let count = Int(try setting[1].integer())
            guard count > 1 else {
                throw RedisError(
                    .invalidConfiguration, "the test server has one database; start it with --databases 64")
            }
            let deadline = ContinuousClock.now + patience
            repeat {
                for database in (1..<count).shuffled() {
                    let key = "schedcu:test:lease:\(database)"
                    let reply = try await keeper.send(
                        "SET", .string(key), .string(token), "NX", "EX", .int(lifetimeSeconds))
                    guard reply != .null else { continue }
                    configuration.database = database
                    return DatabaseLease(
                        configuration: configuration, url: Self.url(address, database: database), logger: logger,
                        key: key, token: token, keeper: keeper)
                }
                try await Task.sleep(for: pollInterval)
            } while ContinuousClock.now < deadline
            throw RedisError(.timedOut, "no test database became free within \(patience)")
        } catch {
            await keeper.close()
            throw error
        }
    }

    /// Ends the lease, unless it has ended by itself and is another's now.
    func giveBack() async {
        // A lost server ends the lease by its lifetime.
        _ = try? await keeper.evaluate(Self.release, keys: [key], arguments: [.string(token)])
        await keeper.close()
    }

    /// KEYS[1] the lease's key · ARGV[1] its token.
    private static let release = LuaScript(
        name: "release-lease",
        """
        if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end
        return 0
        """)

    private static func url(_ address: String, database: Int) -> String {
        if address.lowercased().hasPrefix("unix:") {
            return "\(address.prefix { $0 != "?" })?db=\(database)"
        }
        let schemeEnd = address.firstIndex(of: ":").map { address.index($0, offsetBy: 3) } ?? address.startIndex
        return "\(address[..<schemeEnd])\(address[schemeEnd...].prefix { $0 != "/" })/\(database)"
    }
}
