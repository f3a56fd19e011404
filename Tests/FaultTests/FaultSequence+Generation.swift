import QueueTestWorker

extension FaultSequence {
    /// A random sequence: the same for the same seed on every machine.
    init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let workerCount = Int.random(in: 2...3, using: &generator)
        let enqueues = Self.enqueues(using: &generator)
        let taskCount = enqueues.reduce(0) { $0 + $1.step.count }
        let faults = Self.faults(workers: workerCount, tasks: taskCount, using: &generator)
        self.init(seed: seed, workerCount: workerCount, enqueues: enqueues, faults: faults)
        addFeatures(using: &generator)
    }

    /// Draws the features, and what is to be done with them.
    private mutating func addFeatures(using generator: inout SeededGenerator) {
        features = FaultFeatures(using: &generator)
        if Bool.random(using: &generator) {
            let joinsGroups = features.joinsGroups
            enqueues = enqueues.map { batch in
                let plans = batch.step.map { plan in
                    var plan = plan
                    plan.addOptions(joinsGroups: joinsGroups, using: &generator)
                    return plan
                }
                return Paced(pauseMilliseconds: batch.pauseMilliseconds, step: plans)
            }
        }
        var more = (0..<Int.random(in: 0...2, using: &generator)).map { _ in
            FaultStep.publishCancel(task: Int.random(in: 0..<tasks.count, using: &generator))
        }
        if !features.workflows.isEmpty, Bool.random(using: &generator) {
            more.append(.cancelWorkflow(workflow: Int.random(in: 0..<features.workflows.count, using: &generator)))
        }
        for step in more {
            let place = Int.random(in: 0...faults.count, using: &generator)
            faults.insert(Paced(pauseMilliseconds: Int.random(in: 0...350, using: &generator), step: step), at: place)
        }
    }

    private static func enqueues(using generator: inout SeededGenerator) -> [Paced<[TaskPlan]>] {
        var count = 0
        return (0..<Int.random(in: 12...20, using: &generator)).map { _ in
            let isBatch = Int.random(in: 0..<5, using: &generator) == 0
            let size = isBatch ? Int.random(in: 2...6, using: &generator) : 1
            let plans = (0..<size).map { _ in
                count += 1
                return plan(id: "t\(count)", using: &generator)
            }
            return Paced(pauseMilliseconds: Int.random(in: 0...150, using: &generator), step: plans)
        }
    }

    private static func plan(id: String, using generator: inout SeededGenerator) -> TaskPlan {
        var plan = TaskPlan(id: id, behaviour: behaviour(using: &generator))
        plan.maxRetry = plan.behaviour.kind == .fail ? Int.random(in: 0...3, using: &generator) : 3
        if Int.random(in: 0..<5, using: &generator) == 0 {
            plan.delaySeconds = Int.random(in: 1...2, using: &generator)
        }
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: plan.lock = .named("lock-\(Int.random(in: 1...2, using: &generator))")
        case 1: plan.lock = .payload
        default: break
        }
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: plan.retentionSeconds = 3600
        case 1: plan.retentionSeconds = 1
        default: break
        }
        return plan
    }

    private static func behaviour(using generator: inout SeededGenerator) -> TaskBehaviour {
        let milliseconds = [0, 20, 100, 300, 900, 1200].randomElement(using: &generator) ?? 0
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<10: return TaskBehaviour(.succeed, milliseconds: milliseconds)
        case 10..<14:
            let times = Int.random(in: 1...3, using: &generator)
            return TaskBehaviour(.fail, times: times, milliseconds: min(milliseconds, 100))
        case 14: return TaskBehaviour(.skipRetry, milliseconds: milliseconds)
        case 15..<19: return TaskBehaviour(.deaf, milliseconds: milliseconds)
        default: return TaskBehaviour(.crash, times: 1, milliseconds: min(milliseconds, 100))
        }
    }

    private static func faults(
        workers: Int, tasks: Int, using generator: inout SeededGenerator
    ) -> [Paced<FaultStep>] {
        var stopped: Set<Int> = []
        var isPaused = false
        var faults = (0..<Int.random(in: 6...10, using: &generator)).map { _ in
            let pause = Int.random(in: 0...350, using: &generator)
            let worker = Int.random(in: 0..<workers, using: &generator)
            let step: FaultStep
            switch Int.random(in: 0..<20, using: &generator) {
            case 0..<3:
                stopped.remove(worker)
                step = .kill(worker: worker)
            case 3 where !stopped.contains(worker): step = .terminate(worker: worker)
            case 4..<10:
                // A stopped worker goes on with the next fault that meets it; one at least is left to rescue its tasks.
                if stopped.remove(worker) != nil {
                    let isLong = Int.random(in: 0..<4, using: &generator) > 0
                    step = isLong ? .resumeWhenRescued(worker: worker) : .resume(worker: worker)
                } else if stopped.count < workers - 1 {
                    stopped.insert(worker)
                    step = .stop(worker: worker)
                } else {
                    step = .killConnections
                }
            case 10, 11: step = .killConnections
            case 12, 13:
                step = .pauseClients(
                    milliseconds: Int.random(in: 100...1500, using: &generator),
                    writesOnly: Bool.random(using: &generator))
            case 14, 15: step = .restartRedis
            case 16:
                step = isPaused ? .unpauseQueue : .pauseQueue
                isPaused.toggle()
            default: step = .cancel(task: Int.random(in: 0..<tasks, using: &generator))
            }
            return Paced(pauseMilliseconds: pause, step: step)
        }
        if isPaused { faults.append(Paced(pauseMilliseconds: 0, step: .unpauseQueue)) }
        for worker in stopped.sorted() {
            faults.append(Paced(pauseMilliseconds: 0, step: .resumeWhenRescued(worker: worker)))
        }
        return faults
    }
}
