/// Sequences side by side, for no longer than they may take together.
struct FaultCampaign: Sendable {
    /// What came of the sequences that ended.
    struct Tally: Sendable, Equatable {
        var ended = 0
        var failed = 0
        var rescues = 0
        var deliveries = 0
        var staleEnds = 0
        var uses = FeatureUses()
        /// Whether the time was over before the last one ended.
        var isOverdue = false

        mutating func add(_ report: SequenceRun.Report) {
            ended += 1
            if !report.violations.isEmpty { failed += 1 }
            rescues += report.rescues
            deliveries += report.deliveries
            staleEnds += report.staleEnds
            uses.add(report.uses)
        }
    }

    let plan: FaultTestPlan
    /// Returns when the time is over.
    let alarm: @Sendable () async throws -> Void

    /// A campaign that may take as long as its plan says.
    init(_ plan: FaultTestPlan) {
        self.init(plan) { try await Task.sleep(for: plan.limit) }
    }

    /// A campaign with an alarm of the caller's.
    init(_ plan: FaultTestPlan, alarm: @escaping @Sendable () async throws -> Void) {
        self.plan = plan
        self.alarm = alarm
    }

    /// Runs the plan's sequences; those that have not ended when the alarm goes off are cancelled.
    ///
    /// - Parameters:
    ///   - sequence: Runs the sequence of a seed.
    ///   - told: Gets each report.
    /// - Returns: What came of them.
    /// - Throws: What kept a sequence from being run.
    func run(
        _ sequence: @escaping @Sendable (UInt64) async throws -> SequenceRun.Report,
        told: (SequenceRun.Report) -> Void
    ) async throws -> Tally {
        var tally = Tally()
        try await withThrowingTaskGroup(of: SequenceRun.Report?.self) { group in
            var seeds = plan.seeds[...]
            func startNext() {
                guard let seed = seeds.popFirst() else { return }
                group.addTask { try await sequence(seed) }
            }
            group.addTask {
                try await alarm()
                return nil
            }
            for _ in 0..<plan.width { startNext() }
            while tally.ended < plan.count, let next = try await group.next() {
                guard let report = next else {
                    tally.isOverdue = true
                    break
                }
                tally.add(report)
                told(report)
                startNext()
            }
            group.cancelAll()
        }
        return tally
    }

    /// How far a campaign came whose time was over.
    func lateness(_ tally: Tally) -> String {
        """
        the \(plan.limit) that \(plan.count) sequences may take were over when \(tally.ended) of them had ended, \
        \(tally.failed) with violations; those from seed \(plan.firstSeed &+ UInt64(tally.ended)) on, more or less, were cut \
        off or never begun. Look for what takes so long, or give them more seconds with FAULT_TEST_LIMIT
        """
    }
}
