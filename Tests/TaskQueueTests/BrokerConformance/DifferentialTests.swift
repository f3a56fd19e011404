import Foundation
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Both brokers get the same calls at the same moments, and must answer and hold the same after each.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(2))) struct DifferentialTests {
    /// Fixed ones, and one that nobody has tried.
    static let seeds = Array(1...12) + [UInt64.random(in: 100...UInt64.max)]

    @Test(arguments: seeds)
    func `the broker in memory answers and holds what the one on Redis does, whatever is asked`(seed: UInt64)
        async throws
    {
        let clock = BrokerClock()
        var redis = try BrokerSide(.redis, clock: clock)
        var memory = try BrokerSide(.memory, clock: clock)
        var maker = BrokerStepMaker(seed: seed)
        for number in 1...400 {
            clock.advance(by: maker.pause())
            let step = try maker.step(at: clock.now)
            let answers = (try await redis.perform(step), try await memory.perform(step))
            try #require(answers.0 == answers.1, "seed \(seed), step \(number): \(step)")
            let differences = try await redis.under.look().differences(from: memory.under.look())
            try #require(differences == [], "seed \(seed), step \(number): \(step)")
        }
        try await memory.under.expectOnePlaceEach()
    }
}
