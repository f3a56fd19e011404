import QueueTestWorker

extension FaultFeatures {
    /// Random features: each by itself, in about a third of the sequences.
    init(using generator: inout SeededGenerator) {
        func third() -> Bool { Int.random(in: 0..<3, using: &generator) == 0 }
        if third() { concurrencyLimit = Int.random(in: 2...4, using: &generator) }
        if third() {
            rate = Rate(
                tasksPerSecond: Int.random(in: 15...30, using: &generator),
                burst: Int.random(in: 1...5, using: &generator))
        }
        joinsGroups = third()
        if third() { periodic = Self.periodic(using: &generator) }
        if third() {
            for number in 1...Int.random(in: 1...2, using: &generator) {
                let plan = WorkflowPlan(id: "w\(number)", using: &generator)
                workflows.append(Paced(pauseMilliseconds: Int.random(in: 0...800, using: &generator), step: plan))
            }
        }
    }

    private static func periodic(using generator: inout SeededGenerator) -> PeriodicPlans {
        let entries = (1...Int.random(in: 1...2, using: &generator)).map { number in
            PeriodicPlan(
                id: "p\(number)", everySeconds: Int64.random(in: 1...2, using: &generator),
                runsOnce: Bool.random(using: &generator), hasTaskIDPerTick: Bool.random(using: &generator))
        }
        let isShort = Int.random(in: 0..<4, using: &generator) == 0
        return PeriodicPlans(toleranceSeconds: isShort ? 1 : 60, entries: entries)
    }
}

extension WorkflowPlan {
    /// A random chain, or a fan-out with a fan-in.
    init(id: String, using generator: inout SeededGenerator) {
        var steps: [Step] = []
        func add(_ name: String, after predecessors: [String]) {
            steps.append(Self.step(name, after: predecessors, using: &generator))
        }
        if Bool.random(using: &generator) {
            for number in 1...Int.random(in: 2...4, using: &generator) {
                add("c\(number)", after: steps.last.map { [$0.name] } ?? [])
            }
        } else {
            let hasRoot = Bool.random(using: &generator)
            if hasRoot { add("root", after: []) }
            let parts = (1...Int.random(in: 2...4, using: &generator)).map { "part\($0)" }
            for part in parts { add(part, after: hasRoot ? ["root"] : []) }
            add("join", after: parts)
            if Bool.random(using: &generator) { add("tail", after: ["join"]) }
        }
        self.init(id: id, steps: steps)
    }

    private static func step(
        _ name: String, after predecessors: [String], using generator: inout SeededGenerator
    ) -> Step {
        let milliseconds = [0, 20, 100, 300].randomElement(using: &generator) ?? 0
        let behaviour: TaskBehaviour
        switch Int.random(in: 0..<16, using: &generator) {
        case 0..<7: behaviour = TaskBehaviour(.succeed, milliseconds: milliseconds)
        case 7..<11: behaviour = TaskBehaviour(.deaf, milliseconds: milliseconds)
        case 11, 12: behaviour = TaskBehaviour(.fail, times: 1, milliseconds: milliseconds)
        case 13: behaviour = TaskBehaviour(.release, times: 1, milliseconds: milliseconds)
        case 14: behaviour = TaskBehaviour(.skipRetry, milliseconds: milliseconds)
        default: behaviour = TaskBehaviour(.crash, times: 1, milliseconds: milliseconds)
        }
        return Step(name: name, behaviour: behaviour, maxRetry: 3, predecessors: predecessors)
    }
}

extension TaskPlan {
    /// Adds random options of its own to a task, and puts some into groups.
    mutating func addOptions(joinsGroups: Bool, using generator: inout SeededGenerator) {
        if joinsGroups, lock == nil, Int.random(in: 0..<3, using: &generator) == 0 {
            group = "g\(Int.random(in: 1...2, using: &generator))"
            behaviour = TaskBehaviour(.succeed, origin: [id])
            retentionSeconds = 0
            return
        }
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: expiresInSeconds = Int.random(in: 1...3, using: &generator)
        case 1: behaviour = TaskBehaviour(.release, times: 1, milliseconds: min(behaviour.milliseconds, 300))
        case 2: if behaviour.kind == .fail { retryDelaySeconds = [1, 2] }
        default: break
        }
        if lock != nil { releasesLockOnArchive = Bool.random(using: &generator) }
    }
}
