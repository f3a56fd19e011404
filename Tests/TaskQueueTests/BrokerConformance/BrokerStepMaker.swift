import Foundation

@testable import TaskQueue

/// Makes random steps: few ids, locks and groups, so that they meet.
struct BrokerStepMaker {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// The next number of a splitmix64 sequence.
    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    private mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(1, limit))) }
    private mutating func one<Value>(of values: [Value]) -> Value { values[below(values.count)] }
    private mutating func isLucky(_ percent: Int) -> Bool { below(100) < percent }

    /// How far the clock goes before the next step, seconds; mostly not at all.
    mutating func pause() -> TimeInterval { one(of: [0, 0, 0, 0.25, 0.5, 1, 3, 10, 31]) }

    mutating func step(at now: Date) throws -> BrokerStep {
        switch below(100) {
        case 0..<18: return .create(try (0...(isLucky(30) ? 3 : 0)).map { _ in try creation(at: now) })
        case 18..<22: return leadingStep(at: now)
        case 22..<40:
            return .dequeue(limit: 1 + below(4), worker: below(2))
        case 40..<66: return .end(one(of: BrokerStep.Ending.allCases), run: recentRun(), next: message())
        case 66..<76: return .look(one(of: BrokerStep.Look.allCases), limit: 1 + below(3))
        case 76..<83: return try groupStep(at: now)
        case 83..<87: return askStep()
        case 87..<90: return .cancel(id: id())
        case 90..<92: return .workflow(try workflow())
        case 92..<94: return .createTick(try creation(at: now), tick())
        case 94: return .fence(leadership())
        case 95: return .pause(isLucky(30))
        case 96..<98: return .limits(limits())
        default: return .archiveLimits(ArchiveLimits(count: 1 + below(4), age: .seconds(5 + below(60))))
        }
    }

    private mutating func askStep() -> BrokerStep {
        switch below(5) {
        case 0: .extend((0...below(4)).map { _ in recentRun() })
        case 1: .ask(run: recentRun())
        case 2: .orphans(running: Set((0...below(6)).map { _ in recentRun() }))
        case 3: .ending(id: id())
        default: .results([id(), id()])
        }
    }

    private mutating func leadingStep(at now: Date) -> BrokerStep {
        // Some of them far ahead of the clock.
        let tick = Int64(now.timeIntervalSince1970) + Int64(below(9000)) - 3000
        switch below(6) {
        case 0, 1:
            return .stand(scheduler: one(of: ["s", "other"]), above: Int64(below(9)))
        case 2: return .resign(term: below(3))
        case 3:
            return .adopt(entry: one(of: ["e", "x"]), spec: one(of: ["a", "b"]), baseline: tick, term: latestTerm())
        case 4: return .claim(tick, entry: one(of: ["e", "x"]), term: latestTerm())
        default: return .settle([tick], entry: one(of: ["e", "x"]))
        }
    }

    private mutating func latestTerm() -> Int { isLucky(70) ? 0 : below(4) }

    private mutating func groupStep(at now: Date) throws -> BrokerStep {
        switch below(6) {
        case 0, 1, 2:
            return .stage(
                group: group(),
                GroupAggregation.Limits(
                    gracePeriod: .seconds(1 + below(9)), maxDelay: isLucky(50) ? .seconds(5) : nil,
                    maxSize: isLucky(70) ? 1 + below(3) : nil))
        case 3: return .members(set: below(3))
        case 4:
            var task = message()
            let locks = isLucky(40)
            if locks { task.uniqueKey = lock() }
            return .finish(
                set: below(3), dropping: isLucky(20) ? 1 : 0, task,
                isLucky(70) ? .pending : .scheduled(at: now + 7), uniqueFor: locks ? .seconds(1_000_000) : nil)
        default: return .giveBack(set: below(3))
        }
    }

    /// Mostly one of the latest, which may still hold its task.
    private mutating func recentRun() -> Int { isLucky(80) ? below(6) : below(40) }

    // One of them in two forms that look alike.
    private mutating func id() -> String { one(of: (1...8).map { "\($0)" } + ["\u{E9}", "e\u{301}", "f.a", "f.b"]) }
    private mutating func group() -> String { one(of: ["g", "h:1"]) }
    private mutating func lock() -> String {
        one(of: ["asynq:{default}:unique:t:1", "asynq:{default}:unique:t:2", "schedcu:{default}:unique:x"])
    }

    private mutating func message() -> TaskMessage {
        TaskMessage(
            type: "t", payload: isLucky(50) ? [1, 0, 255] : [], id: id(), queue: BrokerSide.queue,
            maxRetry: Int32(below(3)), timeoutSeconds: Int64(below(20)), retentionSeconds: Int64(below(30)),
            headers: isLucky(20) ? ["a": "b", "k": "v"] : [:])
    }

    private mutating func creation(at now: Date) throws -> TaskCreation {
        var message = message()
        let locks = isLucky(25)
        if locks { message.uniqueKey = lock() }
        let placement: TaskPlacement
        switch below(10) {
        case 0..<5: placement = .pending
        case 5..<8: placement = .scheduled(at: now + Double(below(40)) / 4)
        default: placement = .group(group())
        }
        if case .group(let name) = placement { message.groupKey = name }
        if case .scheduled = placement, isLucky(30) { message.groupKey = group() }
        var options = StoredOptions()
        if isLucky(25) {
            options.releasesLockOnArchive = isLucky(50)
            options.archiveSeconds = isLucky(60) ? Int64(below(40)) : nil
            options.expiresAtUnixSeconds = isLucky(20) ? 9 : nil
        }
        return TaskCreation(
            message: message, placement: placement, uniqueFor: locks ? .seconds(1_000_000) : nil, options: options)
    }

    private mutating func workflow() throws -> ComposedWorkflow {
        var flow = try Workflow(queue: BrokerSide.queue, id: one(of: ["f", "w.1"]), retention: .seconds(1_000_000))
        let first = try flow.add("a", QueueTask(type: "t"))
        if isLucky(50) { try flow.add("b", QueueTask(type: "t")) }
        if isLucky(70) { try flow.add("c", QueueTask(type: "t"), after: [first]) }
        if isLucky(50) { try flow.add("d", QueueTask(type: "t"), after: flow.steps.map(\.name)) }
        return try ComposedWorkflow(flow)
    }

    private mutating func leadership() -> Leadership {
        Leadership(fleet: one(of: ["default", "x"]), schedulerID: "s", term: Int64(1 + below(4)))
    }

    private mutating func tick() -> FencedTick {
        let tick = Int64(below(6)) * 4000
        return FencedTick(
            tick: tick, scope: one(of: ["e", "x:e"]), life: .seconds(1_000_000),
            leadership: isLucky(60) ? leadership() : nil)
    }

    private mutating func limits() -> QueueLimits {
        QueueLimits(
            concurrency: isLucky(40) ? 1 + below(5) : nil,
            // So slow that it gives its burst and no more while a test lasts.
            rate: isLucky(8) ? RateLimit(1, per: .seconds(360 * 86_400), burst: 1 + below(5)) : nil)
    }
}
