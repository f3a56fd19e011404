import ConcurrencySupport
package import Logging
package import Redis
package import ScheduleModel

/// Permits that all workers share which ask the same host with the same login: Redis hands them out on its own clock.
///
/// Without Redis nothing may start: ``PermitError``, never an unlimited scrape.
package struct FleetPermits: PermitSource {
    /// The names in Redis of one host and login.
    package struct Keys: Sendable {
        /// The limiter.
        package let limiter: String
        /// The floor of one month's page; in the slot of `limiter`.
        package let page: @Sendable (LocalDate) -> String

        /// Names the keys.
        package init(limiter: String, page: @escaping @Sendable (LocalDate) -> String) {
            self.limiter = limiter
            self.page = page
        }
    }

    /// Amion's own floor between two fetches of the same page (domain 5.3): who polls oftener is blocked.
    package static let pageFloor = Duration.seconds(300)

    /// How long a permit is good for after Redis gave it: one that arrives later is given back.
    ///
    /// Or a worker that stood still would start beside those that got the next ones.
    private static let freshness = Duration.milliseconds(250)
    /// Late permits in a row after which the batch gives up.
    private static let mostLatePermits = 5
    /// How often the first in line looks whether another worker has given a lane back.
    private static let otherLanesInterval = Duration.milliseconds(100)
    /// What a lease is longer than a request may take.
    private static let leaseMargin = Duration.seconds(5)

    private let redis: RedisClient
    private let keys: Keys
    private let policy: RatePolicy
    private let lease: Duration
    private let floor: Duration
    private let logger: Logger
    private let now: @Sendable () -> Int64?
    private let latePermits = LockedValue(0)

    /// Makes permits.
    ///
    /// - Parameters:
    ///   - redis: The fleet's Redis.
    ///   - keys: The names for host and login.
    ///   - policy: What its batches ask for; a stricter one of another batch under way holds.
    ///   - requestLimit: How long a request may take at most; a dead worker's lanes are free again 5 s after that.
    ///   - floor: How long after a fetch nobody fetches the same page; zero: as often as one likes.
    ///   - logger: Is told what could not be told to Redis.
    package init(
        redis: RedisClient, keys: Keys, policy: RatePolicy, requestLimit: Duration, floor: Duration, logger: Logger
    ) {
        self.init(
            redis: redis, keys: keys, policy: policy, requestLimit: requestLimit, floor: floor, logger: logger
        ) { nil }
    }

    /// Makes permits whose time is not Redis's, for tests: Unix microseconds, `nil` for Redis's own.
    init(
        redis: RedisClient, keys: Keys, policy: RatePolicy, requestLimit: Duration, floor: Duration, logger: Logger,
        now: @escaping @Sendable () -> Int64?
    ) {
        self.redis = redis
        self.keys = keys
        self.policy = policy
        lease = requestLimit + Self.leaseMargin
        self.floor = floor
        self.logger = logger
        self.now = now
    }

    package func ask(_ request: PermitRequest) async throws -> PermitAnswer {
        let clock = ContinuousClock()
        let asked = clock.now
        let reply: [Int64]
        do {
            reply = try await evaluate(FleetPermitScripts.ask, request, .integer(lease.microseconds)).array()
                .map { (value) throws(RedisError) in try value.integer() }
        } catch {
            throw Self.translated(error)
        }
        guard reply.count >= 2 else { throw PermitError("Redis gave an answer that is none") }
        switch reply[0] {
        case 0: return try await isFresh(clock.now - asked, request) ? .granted : .wait(.zero)
        case 1:
            let span = Duration.microseconds(reply[1])
            return .wait(reply.last == 1 ? min(span, Self.otherLanesInterval) : span)
        default: return .tooYoung(.milliseconds(reply[1]))
        }
    }

    package func settle(_ request: PermitRequest, _ outcome: RequestOutcome) async {
        let (word, quiet): (RedisArgument, Duration) =
            switch outcome {
            case .fetched: ("fetched", .zero)
            case .failed: ("failed", .zero)
            case .throttled(let span): ("throttled", span)
            case .unspent: ("unspent", .zero)
            }
        do {
            try await evaluate(FleetPermitScripts.settle, request, word, .integer(quiet.microseconds))
        } catch {
            // The lane's lease ends by itself; who waits is told by Redis once it is there again.
            logger.warning("a permit could not be given back", metadata: ["error": "\(error)"])
        }
    }

    package func finish(batch: String) async {
        do {
            try await redis.send("HDEL", .string(keys.limiter), .string("batch:\(batch)"))
        } catch {
            logger.warning("the end of a batch could not be told", metadata: ["error": "\(error)"])
        }
    }

    /// Runs a script; both take the same arguments up to `now`, with one of their own before and some behind.
    @discardableResult
    private func evaluate(
        _ script: LuaScript, _ request: PermitRequest, _ own: RedisArgument, _ more: RedisArgument...
    ) async throws(RedisError) -> RedisReply {
        let arguments: [RedisArgument] = [
            .string(request.id), .string(request.batch), .int(policy.lanes), .integer(policy.interval.microseconds),
            .string(policy.scope.rawValue), own, .integer(floor.microseconds / 1000),
            now().map { .integer($0) } ?? "",
        ]
        return try await redis.evaluate(
            script, keys: [keys.limiter, keys.page(request.month)], arguments: arguments + more)
    }

    /// Whether a permit came soon enough to be spent; one that did not is given back.
    private func isFresh(_ age: Duration, _ request: PermitRequest) async throws -> Bool {
        let late = latePermits.withLock { late in
            late = age > Self.freshness ? late + 1 : 0
            return late
        }
        guard late > 0 else { return true }
        guard late < Self.mostLatePermits else {
            throw PermitError("Redis answers too late to keep the rate policy: \(late) times after \(Self.freshness)")
        }
        await settle(request, .unspent)
        return false
    }

    private static func translated(_ error: RedisError) -> any Error {
        error.code == .cancelled
            ? CancellationError() : PermitError("Redis could not be asked for a permit: \(error.code)")
    }
}

extension Duration {
    /// Whole microseconds, rounded down.
    fileprivate var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
