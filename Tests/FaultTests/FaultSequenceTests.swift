import QueueTestWorker
import Testing

/// Sequences, models and logs without a process.
struct FaultSequenceTests {
    @Test func `a seed names one sequence, and different seeds name different ones`() {
        #expect(FaultSequence(seed: 7) == FaultSequence(seed: 7))
        #expect(Set((0..<100).map { FaultSequence(seed: $0) }).count == 100)
    }

    @Test func `at no moment are all workers of a sequence stopped`() {
        for seed in UInt64(0)..<500 {
            let sequence = FaultSequence(seed: seed)
            var stopped: Set<Int> = []
            for fault in sequence.faults {
                switch fault.step {
                case .stop(let worker): stopped.insert(worker)
                case .resume(let worker), .resumeWhenRescued(let worker), .kill(let worker): stopped.remove(worker)
                default: break
                }
                #expect(stopped.count < sequence.workerCount, "seed \(seed)")
            }
        }
    }

    @Test func `200 sequences hold every kind of fault and of task`() {
        let sequences = (0..<200).map { FaultSequence(seed: $0) }
        let steps = Set(sequences.flatMap(\.faults).map { String("\($0.step)".prefix { $0 != "(" }) })
        #expect(
            steps == [
                "kill", "terminate", "stop", "resume", "resumeWhenRescued", "killConnections", "pauseClients",
                "restartRedis", "pauseQueue", "unpauseQueue", "cancel", "publishCancel", "cancelWorkflow",
            ])
        let tasks = sequences.flatMap(\.tasks)
        // A task that waits for ever is for tests that see to its end.
        #expect(Set(tasks.map(\.behaviour.kind)) == Set(TaskBehaviour.Kind.allCases).subtracting([.hold]))
        #expect(tasks.contains { $0.lock == .payload } && tasks.contains { $0.lock == .named("lock-1") })
        #expect(tasks.contains { $0.delaySeconds != nil } && tasks.contains { $0.retentionSeconds == 3600 })
        #expect(sequences.flatMap(\.enqueues).contains { $0.step.count > 1 })
        #expect(tasks.contains { $0.group != nil } && tasks.contains { $0.expiresInSeconds != nil })
        #expect(tasks.contains { !$0.retryDelaySeconds.isEmpty } && tasks.contains { $0.releasesLockOnArchive })
    }

    @Test func `200 sequences use each feature, with others and without`() {
        let features = (0..<200).map { FaultSequence(seed: $0).features }
        let uses: [(FaultFeatures) -> Bool] = [
            { $0.concurrencyLimit != nil }, { $0.rate != nil }, \.joinsGroups, { !$0.periodic.entries.isEmpty },
            { !$0.workflows.isEmpty },
        ]
        for isUsed in uses { #expect((30...110).contains(features.count { isUsed($0) })) }
        #expect(features.contains(FaultFeatures()))
        let entries = features.flatMap(\.periodic.entries)
        for isUsed in [true, false] {
            #expect(entries.contains { $0.hasTaskIDPerTick == isUsed } && entries.contains { $0.runsOnce == isUsed })
        }
        let flows = features.flatMap(\.workflows).map(\.step)
        #expect(flows.contains { $0.steps.contains { $0.predecessors.count > 1 } })
        #expect(flows.contains { $0.steps.count > 2 && $0.steps.allSatisfy { $0.predecessors.count < 2 } })
    }

    @Test func `the settings of a worker survive its command line`() {
        var settings = WorkerSettings(redis: "unix:///a", queue: "q", liveness: .seconds(2), sabotage: .fanIn)
        settings.joinsGroups = true
        settings.periodic = PeriodicPlans(
            toleranceSeconds: 7,
            entries: [
                PeriodicPlan(id: "a", everySeconds: 2, runsOnce: true),
                PeriodicPlan(id: "b", everySeconds: 1, hasTaskIDPerTick: true),
            ])
        #expect(WorkerSettings(settings.arguments) == settings)
        settings.periodic.entries = []
        #expect(WorkerSettings(settings.arguments) == settings)
    }

    @Test(arguments: TaskBehaviour.Kind.allCases)
    func `a behaviour survives its payload`(kind: TaskBehaviour.Kind) {
        let behaviour = TaskBehaviour(kind, times: 2, milliseconds: 30)
        #expect(TaskBehaviour(payload: behaviour.payload) == behaviour)
        let joined = TaskBehaviour(kind, times: 2, milliseconds: 30, origin: ["a", "b"])
        #expect(TaskBehaviour(payload: joined.payload) == joined)
        #expect(TaskBehaviour(payload: Array("nonsense".utf8)) == nil)
    }

    @Test func `a model knows when a task fails for good, and what others may do to it`() {
        let fails = TaskPlan(id: "a", behaviour: TaskBehaviour(.fail, times: 2), maxRetry: 1)
        let undisturbed = FaultModel(fails, mayBeCancelled: false, mayBePoison: false)
        #expect(undisturbed.endings == [.archived])
        #expect(undisturbed.retried == 1)
        let succeeds = TaskPlan(id: "a", behaviour: TaskBehaviour(.fail, times: 2), maxRetry: 2)
        #expect(FaultModel(succeeds, mayBeCancelled: false, mayBePoison: false).endings == [.succeeded])
        #expect(FaultModel(succeeds, mayBeCancelled: true, mayBePoison: false).endings == [.succeeded, .archived])
        var other = succeeds
        other.expiresInSeconds = 1
        #expect(FaultModel(other, mayBeCancelled: false, mayBePoison: false).endings == [.succeeded, .dropped])
        other.group = "g"
        #expect(FaultModel(other, mayBeCancelled: false, mayBePoison: false).endings == [.joined, .staged])
    }

    @Test func `a log is read as transactions, and what was not finished is left out`() {
        let text = [
            "#TS:1\r\n", "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n", "*1\r\n$5\r\nMULTI\r\n", "*2\r\n$3\r\nDEL\r\n$1\r\na\r\n",
            "*2\r\n$3\r\nDEL\r\n$2\r\n\r\n\r\n", "*1\r\n$4\r\nEXEC\r\n", "*2\r\n$4\r\nINCR\r\n$1\r\nb\r\n",
            "*1\r\n$5\r\nMULTI\r\n", "*2\r\n$3\r\nDEL\r\n$9\r\nc",
        ].joined()
        let log = CommandLog(appendOnlyFile: Array(text.utf8))
        #expect(log.transactions == [[["DEL", "a"], ["DEL", "\r\n"]], [["INCR", "b"]]])
        #expect(log.seconds == [1, 1])
    }

    @Test func `the environment chooses count and seed, CI runs 200 and a developer a handful`() {
        #expect(FaultTestPlan(environment: ["CI": "true"], random: 5).count == 200)
        #expect(FaultTestPlan(environment: [:], random: 5).count < 50)
        let chosen = FaultTestPlan(
            environment: ["CI": "true", "FAULT_TEST_SEQUENCES": "3", "FAULT_TEST_SEED": "9"], random: 5)
        #expect(chosen.seeds == [9, 10, 11])
    }

    @Test func `200 sequences may take 8 minutes together, more of them as much more`() {
        #expect(FaultTestPlan(environment: ["CI": "true"], random: 5).limit == .seconds(480))
        #expect(FaultTestPlan(environment: [:], random: 5).limit == .seconds(480))
        #expect(FaultTestPlan(environment: ["FAULT_TEST_SEQUENCES": "2000"], random: 5).limit == .seconds(4800))
        #expect(FaultTestPlan(environment: ["FAULT_TEST_LIMIT": "7"], random: 5).limit == .seconds(7))
    }
}
