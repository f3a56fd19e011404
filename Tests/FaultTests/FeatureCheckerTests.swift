import QueueTestWorker
import TaskQueue
import Testing

/// The checks of single features on logs made by hand: the right course shows nothing, each wrong one shows its violation.
struct FeatureCheckerTests {
    private typealias Base = InvariantCheckerTests
    private static let keys = InvariantCheckerTests.keys

    /// What the checker says of a log, less what it says of counters: the logs here count nothing.
    private static func invariants(
        _ log: [CommandLog.Transaction], seconds: [Int64]? = nil, plans: [TaskPlan] = [InvariantCheckerTests.plan],
        operations: Operations = Operations(), snapshot: Snapshot = Snapshot(), features: FaultFeatures = .init()
    ) -> Set<Violation.Invariant> {
        let replay = QueueReplay(
            CommandLog(transactions: log, seconds: seconds), queue: SequenceRun.queue)
        let checker = InvariantChecker(
            plans: plans, operations: operations, replay: replay, snapshot: snapshot, features: features)
        return Set(checker.violations.map(\.invariant)).subtracting([.counters])
    }

    private static func message(_ id: String, error: String = "", origin: [String] = []) -> String {
        let behaviour = TaskBehaviour(.succeed, origin: origin)
        let message = TaskMessage(
            type: "t", payload: behaviour.payload, id: id, queue: SequenceRun.queue, errorMessage: error)
        let bytes = (try? message.encoded()) ?? []
        return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    private static func created(_ id: String, origin: [String] = []) -> CommandLog.Transaction {
        [
            ["HSET", keys.task(id), "msg", message(id, origin: origin), "state", "pending"],
            ["LPUSH", keys.pending, id],
        ]
    }

    private static func taken(_ id: String, lease: Int = 130) -> CommandLog.Transaction {
        [
            ["LMOVE", keys.pending, keys.active, "RIGHT", "LEFT"], ["HSET", keys.task(id), "state", "active"],
            ["ZADD", keys.lease, "\(lease)", id],
        ]
    }

    private static func released(_ id: String) -> CommandLog.Transaction {
        [["LREM", keys.active, "-1", id], ["ZREM", keys.lease, id]]
    }

    private static func ended(_ id: String) -> CommandLog.Transaction { released(id) + [["DEL", keys.task(id)]] }

    private static func completed(_ id: String) -> CommandLog.Transaction {
        released(id) + [["HSET", keys.task(id), "state", "completed"], ["ZADD", keys.completed, "9", id]]
    }

    private static func recorded(_ event: RunRecord.Event, _ id: String) -> CommandLog.Transaction {
        [["RPUSH", RunRecord.key, RunRecord(event, task: id, delivery: 1, processID: 1).description]]
    }

    private static func run(_ id: String) -> [CommandLog.Transaction] {
        [created(id), taken(id), recorded(.succeeded, id), ended(id)]
    }

    // MARK: Cancel

    private static let request = [["HSET", keys.task("a"), "schedcu:cancel", "1"]]
    private static let archivedAsCancelled =
        released("a") + [
            ["HSET", keys.task("a"), "msg", message("a", error: "cancelled"), "state", "archived"],
            ["ZADD", keys.archived, "9", "a"],
        ]

    @Test func `a cancelled task that runs again, is retried or is forgotten is found`() {
        var operations = Operations(acknowledged: ["a"], cancelled: ["a"])
        operations.acknowledgedCancels = ["a"]
        var left = Snapshot()
        left.tasks = ["a": ["state": "archived"]]
        left.containers = ["archived": ["a"]]
        func found(_ log: [CommandLog.Transaction]) -> Set<Violation.Invariant> {
            Self.invariants(log, operations: operations, snapshot: left)
        }
        let begun = [Self.created("a"), Base.taken, Base.recorded(.started, 1)]
        #expect(found(begun + [Self.request, Self.archivedAsCancelled]) == [])
        let rescued = begun + [Self.request, Base.given, Base.taken]
        #expect(found(rescued + [Self.archivedAsCancelled]) == [])
        #expect(found(rescued + [Base.recorded(.started, 2), Self.archivedAsCancelled]) == [.cancel])
        #expect(found(begun + [Base.recorded(.succeeded, 1), Self.ended("a")]).contains(.cancel))
        let again = Self.archivedAsCancelled + [["ZREM", Self.keys.archived, "a"], Base.given[2], Base.given[3]]
        #expect(found(begun + [Self.request, Self.archivedAsCancelled, again]).contains(.cancel))
    }

    // MARK: Limits

    @Test func `a delivery beyond the concurrency limit is found, and a lease that is over does not count`() {
        let plans = ["a", "b"].map { TaskPlan(id: $0, behaviour: TaskBehaviour(.succeed)) }
        var features = FaultFeatures()
        features.concurrencyLimit = 1
        func found(_ lease: Int) -> Set<Violation.Invariant> {
            let log =
                [Self.created("a"), Self.taken("a"), Self.created("b"), Self.taken("b", lease: lease)]
                + ["a", "b"].flatMap { [Self.recorded(.succeeded, $0), Self.ended($0)] }
            return Self.invariants(log, plans: plans, features: features)
        }
        #expect(found(131) == [.limit])
        #expect(found(160) == [])
    }

    @Test func `deliveries that are faster than the rate are found`() {
        let ids = (1...9).map { "t\($0)" }
        var features = FaultFeatures()
        features.rate = FaultFeatures.Rate(tasksPerSecond: 2, burst: 2)
        func found(_ pause: Int64) -> Set<Violation.Invariant> {
            let seconds = ids.indices.flatMap { [Int64](repeating: Int64($0) * pause, count: 4) }
            let plans = ids.map { TaskPlan(id: $0, behaviour: TaskBehaviour(.succeed)) }
            return Self.invariants(ids.flatMap(Self.run), seconds: seconds, plans: plans, features: features)
        }
        #expect(found(0) == [.limit])
        #expect(found(1) == [])
    }

    // MARK: Workflows

    @Test func `a step before its predecessors' success, without them or after a cancellation is found`() {
        var features = FaultFeatures()
        let (behaviour, flow) = (TaskBehaviour(.succeed), Self.keys.workflow("w"))
        let steps = [("a", []), ("b", []), ("join", ["a", "b"])].map {
            WorkflowPlan.Step(name: $0, behaviour: behaviour, maxRetry: 3, predecessors: $1)
        }
        features.workflows = [Paced(pauseMilliseconds: 0, step: WorkflowPlan(id: "w", steps: steps))]
        let stored = [["HSET", flow, "names", "a b join"]] + Self.created("w.a") + Self.created("w.b")
        func step(_ name: String, starting: CommandLog.Transaction = []) -> [CommandLog.Transaction] {
            [Self.taken(name), Self.recorded(.succeeded, name), Self.completed(name) + starting]
        }
        func found(_ log: [CommandLog.Transaction], _ tasks: [String]) -> Set<Violation.Invariant> {
            var left = Snapshot()
            for task in tasks { left.tasks[task] = ["state": "completed"] }
            left.containers = ["completed": tasks]
            return Self.invariants(log, plans: [], snapshot: left, features: features)
        }
        let (parts, all) = (["w.a", "w.b"], ["w.a", "w.b", "w.join"])
        let join = Self.created("w.join")
        #expect(found([stored] + step("w.a") + step("w.b", starting: join) + step("w.join"), all) == [])
        #expect(found([stored] + step("w.a", starting: join) + step("w.b") + step("w.join"), all).contains(.workflow))
        #expect(found([stored] + step("w.a") + step("w.b"), parts) == [.workflow])
        let cancelled = [["HSETNX", flow, "cancelled", "1"]]
        #expect(found([stored] + step("w.a") + [cancelled] + step("w.b"), parts) == [])
        let late = [stored] + step("w.a") + [cancelled] + step("w.b", starting: join) + step("w.join")
        #expect(found(late, all) == [.workflow])
    }

    // MARK: Groups

    @Test func `a group's task that is joined twice, into nothing or out of two groups is found`() {
        var member = TaskPlan(id: "a", behaviour: TaskBehaviour(.succeed, origin: ["a"]))
        member.group = "g"
        let (group, set) = (Self.keys.group("g"), Self.keys.group("g:1"))
        let added = [
            ["HSET", Self.keys.task("a"), "msg", Self.message("a", origin: ["a"]), "state", "aggregating"],
            ["ZADD", group, "9", "a"],
        ]
        let staged = [["ZADD", set, "9", "a"], ["ZREMRANGEBYRANK", group, "0", "0"]]
        let gone = [["DEL", Self.keys.task("a")], ["ZREM", set, "a"]]
        func found(_ log: [CommandLog.Transaction]) -> Set<Violation.Invariant> {
            Self.invariants(log, plans: [member])
        }
        let rest = Array(Self.run("j").dropFirst())
        #expect(found([added, staged, gone + Self.created("j", origin: ["a"])] + rest) == [])
        #expect(found([added, staged, gone]) == [.group])
        let twice = Self.created("j", origin: ["a"]) + Self.created("k", origin: ["a"])
        #expect(found([added, staged, gone + twice] + rest + Self.run("k").dropFirst()).contains(.group))
        #expect(found([added, Array(staged.prefix(1)), gone]).contains(.oneState))
    }

    // MARK: Periodic tasks

    @Test func `a tick with two tasks, with none, or passed over is found`() {
        var features = FaultFeatures()
        let entry = PeriodicPlan(id: "p", everySeconds: 1, hasTaskIDPerTick: true)
        features.periodic = PeriodicPlans(entries: [entry])
        let (memory, claims) = (Self.keys.enqueuedTicks(scope: "p"), RedisKeys.ticks(ofEntry: "p", fleet: "default"))
        func tick(_ tick: Int, id: String? = nil) -> [CommandLog.Transaction] {
            let task = id ?? "p:\(tick)"
            let log = Self.run(task)
            return [Self.created(task, origin: ["p"]) + [["ZADD", memory, "\(tick)", "\(tick)"]]] + log.dropFirst()
        }
        func found(_ log: [CommandLog.Transaction]) -> Set<Violation.Invariant> {
            Self.invariants(log, plans: [], features: features)
        }
        #expect(found(tick(5) + tick(6) + tick(7)) == [])
        #expect(found(tick(5) + tick(7)) == [.tick])
        let claimed = [["HSET", claims, "last", "6", "6", "1 x"]]
        #expect(found(tick(5) + [claimed] + tick(7)) == [])
        #expect(found(tick(5) + [claimed, [["HDEL", claims, "6"]]] + tick(7)) == [.tick])
        #expect(found(tick(5) + tick(5)).contains(.tick))
        #expect(found(tick(5, id: "else")) == [.tick])
        let stray = [Self.created("p:6", origin: ["p"])] + Self.run("p:6").dropFirst()
        #expect(found(tick(5) + stray) == [.tick])
        #expect(found([[["ZADD", memory, "5", "5"]]]) == [.tick])
    }

    // MARK: Options

    @Test func `a task that is dropped before it expired, or runs although it had, is found`() {
        var plan = TaskPlan(id: "a", behaviour: TaskBehaviour(.succeed))
        plan.expiresInSeconds = 1
        let stored = Self.created("a") + [["HSET", Self.keys.task("a"), "schedcu:options", "1;e=100;"]]
        func found(_ log: [CommandLog.Transaction], at second: Int64) -> Set<Violation.Invariant> {
            Self.invariants(log, seconds: log.map { _ in second }, plans: [plan])
        }
        let dropped = [stored, Self.taken("a"), Self.ended("a")]
        #expect(found(dropped, at: 101) == [])
        #expect(found(dropped, at: 98) == [.noStaleOutcome])
        let ran = [
            stored, Self.taken("a"), Self.recorded(.started, "a"), Self.recorded(.succeeded, "a"), Self.ended("a"),
        ]
        #expect(found(ran, at: 99) == [])
        #expect(found(ran, at: 101) == [.noLostTask])
    }

    @Test func `strangers in the log are found: a task that nobody enqueued`() {
        #expect(Self.invariants(Self.run("a") + Self.run("stranger")) == [.noLostTask])
    }
}
