import Testing

/// A campaign's time, without processes.
@Suite(.timeLimit(.minutes(1)))
struct FaultCampaignTests {
    private let plan = FaultTestPlan(
        environment: ["FAULT_TEST_SEQUENCES": "20", "FAULT_TEST_WIDTH": "4", "FAULT_TEST_SEED": "100"], random: 0)

    private static func report(_ seed: UInt64) -> SequenceRun.Report {
        SequenceRun.Report(
            sequence: FaultSequence(seed: seed, workerCount: 1, enqueues: [], faults: []),
            violations: seed == 101 ? [Violation(.noLostTask, "x")] : [], rescues: 1, deliveries: 2, staleEnds: 0,
            archived: [:], uses: FeatureUses())
    }

    @Test func `when its time is over, what runs is cancelled, and it tells how far it came`() async throws {
        let (ends, ended) = AsyncStream<Void>.makeStream()
        let campaign = FaultCampaign(plan) {
            var left = 3
            for await _ in ends {
                left -= 1
                if left == 0 { return }
            }
        }
        let tally = try await campaign.run { seed in
            if seed > 102 { try await Task.sleep(for: .seconds(3600)) }
            return Self.report(seed)
        } told: { _ in
            ended.yield()
        }
        #expect(tally == .init(ended: 3, failed: 1, rescues: 3, deliveries: 6, staleEnds: 0, isOverdue: true))
        let text = campaign.lateness(tally)
        #expect(text.contains("480.0 seconds that 20 sequences may take were over when 3 of them had ended, 1 with"))
        #expect(text.contains("from seed 103 on"))
    }

    @Test func `in time it runs every sequence once, and nobody waits for the alarm`() async throws {
        let campaign = FaultCampaign(plan) { try await Task.sleep(for: .seconds(3600)) }
        var seeds: [UInt64] = []
        let tally = try await campaign.run {
            Self.report($0)
        } told: {
            seeds.append($0.sequence.seed)
        }
        #expect(tally == .init(ended: 20, failed: 1, rescues: 20, deliveries: 40))
        #expect(seeds.sorted() == Array(100..<120))
    }
}
