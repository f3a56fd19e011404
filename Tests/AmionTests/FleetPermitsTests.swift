import ConcurrencySupport
import Redis
import RedisTestSupport
import ScheduleModel
import Testing

@testable import Amion

/// Domain 5.6 across workers: the scripts on a real Redis, with the time that a test says.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct FleetPermitsTests {
    /// Unix microseconds.
    private let time = LockedValue<Int64>(1_800_000_000_000_000)
    private let redis: TestRedis
    private let limiter = "schedcu:rate:host:login"

    init() throws { redis = try #require(RedisDatabaseTrait.current) }

    /// The permits of one worker.
    private func worker(_ policy: RatePolicy = RatePolicy(), floor: Duration = .zero) -> FleetPermits {
        FleetPermits(
            redis: redis.client,
            keys: FleetPermits.Keys(limiter: limiter) { "{schedcu:rate:host:login}:page:\($0.monthText)" },
            policy: policy, requestLimit: .seconds(30), floor: floor, logger: redis.logger
        ) { [time] in time.withLock { $0 } }
    }

    private func request(_ batch: String, _ number: Int, month: Int = 0) -> PermitRequest {
        PermitRequest(batch: batch, number: number, month: months(month + 1)[month])
    }

    private func advance(_ span: Duration) {
        time.withLock { $0 += Int64(span / .microseconds(1)) }
    }

    @Test func `two workers together have the lanes of one policy`() async throws {
        let workers = ["a": worker(), "b": worker()]
        var answers: [PermitAnswer] = []
        for number in 0..<3 {
            for (batch, worker) in workers { answers.append(try await worker.ask(request(batch, number))) }
        }
        #expect(answers.filter { $0 == .granted }.count == 5)
        // The lane of somebody else may come free unheard.
        #expect(answers.last == .wait(.milliseconds(100)))
    }

    @Test func `a lane starts once an interval, whoever asks, and the waits say when`() async throws {
        let (one, other) = (worker(RatePolicy(lanes: 1)), worker(RatePolicy(lanes: 1)))
        #expect(try await one.ask(request("a", 1)) == .granted)
        await one.settle(request("a", 1), .fetched)
        advance(.milliseconds(150))
        #expect(try await other.ask(request("b", 1)) == .wait(.milliseconds(850)))
        advance(.milliseconds(849))
        #expect(try await other.ask(request("b", 1)) == .wait(.milliseconds(1)))
        advance(.milliseconds(1))
        #expect(try await other.ask(request("b", 1)) == .granted)
        #expect(try await one.ask(request("a", 2)) == .wait(.milliseconds(100)))
    }

    @Test func `over all lanes and all workers starts are an interval apart`() async throws {
        let policy = RatePolicy(scope: .global)
        let workers = [worker(policy), worker(policy), worker(policy)]
        let began = time.withLock { $0 }
        var starts: [Int64] = []
        for number in 0..<6 {
            let request = request("\(number % 3)", number)
            while true {
                let answer = try await workers[number % 3].ask(request)
                guard case .wait(let span) = answer else { break }
                advance(span ?? .milliseconds(1))
            }
            starts.append((time.withLock { $0 } - began) / 1000)
            await workers[number % 3].settle(request, .fetched)
        }
        for (one, next) in zip(starts, starts.dropFirst()) { #expect(next - one >= 1000) }
        #expect(starts[0] == 0 && starts[5] <= 5100)
    }

    @Test func `the stricter of two policies holds while both are under way`() async throws {
        let quick = worker(RatePolicy(lanes: 5))
        let slow = worker(RatePolicy(lanes: 2, interval: .seconds(3), scope: .global))
        #expect(try await quick.ask(request("q", 1)) == .granted)
        #expect(try await slow.ask(request("s", 1)) == .wait(.milliseconds(100)))
        await quick.settle(request("q", 1), .fetched)
        #expect(try await quick.ask(request("q", 2)) == .wait(.seconds(3)))
        advance(.seconds(3))
        #expect(try await slow.ask(request("s", 1)) == .granted)
        await slow.settle(request("s", 1), .fetched)
        await slow.finish(batch: "s")
        #expect(try await quick.ask(request("q", 2)) == .granted)
        for number in 3...5 { #expect(try await quick.ask(request("q", number)) == .granted, "\(number)") }
    }

    @Test func `a batch that has fallen silent binds nobody any more`() async throws {
        #expect(try await worker(RatePolicy(lanes: 1, interval: .seconds(60))).ask(request("dead", 1)) == .granted)
        advance(.seconds(121))
        for number in 1...5 { #expect(try await worker().ask(request("b", number)) == .granted) }
    }

    @Test func `the lanes of a dead worker come back when their leases end`() async throws {
        for number in 1...5 { #expect(try await worker().ask(request("dead", number)) == .granted) }
        advance(.milliseconds(34_999))
        #expect(try await worker().ask(request("b", 1)) == .wait(.milliseconds(1)))
        advance(.milliseconds(1))
        #expect(try await worker().ask(request("b", 1)) == .granted)
        // The dead come too late to give back what is another's.
        await worker().settle(request("dead", 1), .failed)
        for number in 2...5 { #expect(try await worker().ask(request("b", number)) == .granted) }
        #expect(try await worker().ask(request("b", 6)) != .granted)
    }

    @Test func `a worker that waits for its own lanes only is told when the first must be over`() async throws {
        for number in 1...5 { #expect(try await worker().ask(request("a", number)) == .granted) }
        #expect(try await worker().ask(request("a", 6)) == .wait(.seconds(35)))
    }

    @Test func `one worker is throttled and the whole fleet is quiet, then half as many`() async throws {
        for number in 1...2 { #expect(try await worker().ask(request("a", number)) == .granted) }
        await worker().settle(request("a", 1), .throttled(.seconds(20)))
        await worker().settle(request("a", 2), .fetched)
        #expect(try await worker().ask(request("b", 1)) == .wait(.seconds(20)))
        advance(.seconds(20))
        #expect(try await worker().ask(request("b", 1)) == .granted)
        #expect(try await worker().ask(request("b", 2)) == .granted)
        #expect(try await worker().ask(request("a", 3)) != .granted)
        // For the rest of the throttled batch, and no longer.
        await worker().finish(batch: "a")
        #expect(try await worker().ask(request("b", 3)) == .granted)
    }

    @Test func `throttling again halves again, but leaves one lane`() async throws {
        for number in 1...4 {
            #expect(try await worker().ask(request("a", number)) == .granted)
            await worker().settle(request("a", number), .throttled(.zero))
            advance(.seconds(1))
        }
        #expect(try await worker().ask(request("a", 5)) == .granted)
        #expect(try await worker().ask(request("b", 1)) != .granted)
    }

    @Test func `a page is fetched once in five minutes, whoever asks`() async throws {
        let (one, other) = (worker(floor: .seconds(300)), worker(floor: .seconds(300)))
        #expect(try await one.ask(request("a", 1)) == .granted)
        // While it is being fetched, and after.
        try await expectTooYoung(other.ask(request("b", 1)), within: 30...35)
        await one.settle(request("a", 1), .fetched)
        try await expectTooYoung(other.ask(request("b", 2)), within: 295...300)
        try await expectTooYoung(one.ask(request("a", 2)), within: 295...300)
        #expect(try await other.ask(request("b", 3, month: 1)) == .granted)
        let page = "{schedcu:rate:host:login}:page:2026-03"
        #expect(try await redis.client.send("PTTL", .string(page)).integer() > 295_000)
        try await redis.client.send("DEL", .string(page))
        #expect(try await other.ask(request("b", 4)) == .granted)
    }

    @Test(arguments: [RequestOutcome.failed, .unspent, .throttled(.zero)])
    func `a page that was not had may be asked for again`(outcome: RequestOutcome) async throws {
        let worker = worker(floor: .seconds(300))
        #expect(try await worker.ask(request("a", 1)) == .granted)
        await worker.settle(request("a", 1), outcome)
        #expect(try await worker.ask(request("a", 2)) == .granted)
        // One who held the page before does not open it for others.
        await worker.settle(request("a", 1), .failed)
        try await expectTooYoung(worker.ask(request("b", 1)), within: 30...35)
    }

    @Test func `without a floor nothing is noted of pages`() async throws {
        let worker = worker()
        #expect(try await worker.ask(request("a", 1)) == .granted)
        await worker.settle(request("a", 1), .fetched)
        #expect(try await worker.ask(request("a", 2)) == .granted)
        #expect(try await redis.client.send("KEYS", "*").array() == [.bulk(Array(limiter.utf8))])
    }

    @Test func `everything left behind ends by itself`() async throws {
        let worker = worker(RatePolicy(interval: .seconds(400)), floor: .seconds(300))
        #expect(try await worker.ask(request("a", 1)) == .granted)
        await worker.settle(request("a", 1), .throttled(.seconds(60)))
        for key in try await redis.client.send("KEYS", "*").array() {
            let name = try key.string()
            let life = try await redis.client.send("PTTL", .string(name)).integer()
            // An interval must outlive the key that holds its start.
            #expect((400_000...500_000).contains(life), "\(name)")
        }
    }

    @Test func `a clock of Redis's that is put back holds up nobody for longer than an interval`() async throws {
        let worker = worker(RatePolicy(lanes: 1))
        #expect(try await worker.ask(request("a", 1)) == .granted)
        await worker.settle(request("a", 1), .fetched)
        advance(.seconds(-3600))
        #expect(try await worker.ask(request("a", 2)) == .wait(.seconds(1)))
        advance(.seconds(1))
        // The hash still says that the last start lies ahead; each look takes it for one just now.
        #expect(try await worker.ask(request("a", 2)) == .granted)
    }

    @Test func `without Redis there is no permit`() async throws {
        let lost = RedisClient(
            RedisConfiguration(address: .unix(path: "/nonexistent/redis.sock"), commandTimeout: .milliseconds(200)),
            name: "lost", logger: redis.logger)
        let permits = FleetPermits(
            redis: lost, keys: FleetPermits.Keys(limiter: limiter) { $0.monthText }, policy: RatePolicy(),
            requestLimit: .seconds(30), floor: .zero, logger: redis.logger)
        let failure = await #expect(throws: PermitError.self) { try await permits.ask(request("a", 1)) }
        #expect(failure?.description.contains("Redis") == true)
        await lost.close()
    }

    private func expectTooYoung(_ answer: PermitAnswer, within seconds: ClosedRange<Int>) {
        guard case .tooYoung(let span) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(seconds.contains(Int(span.components.seconds)), "\(span)")
    }
}
