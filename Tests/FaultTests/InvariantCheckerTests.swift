import QueueTestWorker
import TaskQueue
import Testing

/// Each invariant's check on a log made by hand: the right course shows nothing, each wrong one shows its invariant.
struct InvariantCheckerTests {
    static let keys = RedisKeys(queue: SequenceRun.queue)
    static let plan = TaskPlan(id: "a", behaviour: TaskBehaviour(.succeed))
    static let other = TaskPlan(id: "b", behaviour: TaskBehaviour(.fail, times: 1))

    /// One task's life by the book, in transactions of words.
    static let created = [
        ["HSET", keys.task("a"), "msg", message("a"), "state", "pending"], ["LPUSH", keys.pending, "a"],
    ]
    static let taken = [
        ["LMOVE", keys.pending, keys.active, "RIGHT", "LEFT"], ["HSET", keys.task("a"), "state", "active"],
        ["ZADD", keys.lease, "9", "a"],
    ]
    static let given = [
        ["LREM", keys.active, "-1", "a"], ["ZREM", keys.lease, "a"], ["HSET", keys.task("a"), "state", "pending"],
        ["RPUSH", keys.pending, "a"],
    ]
    static let ended = [
        ["LREM", keys.active, "-1", "a"], ["ZREM", keys.lease, "a"], ["DEL", keys.task("a")],
        ["INCR", keys.processedTotal],
    ]

    static func recorded(_ event: RunRecord.Event, _ delivery: Int) -> [[String]] {
        [["RPUSH", RunRecord.key, RunRecord(event, task: "a", delivery: delivery, processID: 1).description]]
    }

    static func message(_ id: String, retried: Int32 = 0) -> String {
        let message = TaskMessage(type: "t", id: id, queue: SequenceRun.queue, retried: retried)
        let bytes = (try? message.encoded()) ?? []
        return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    /// What the checker says of a log, where one outcome was counted.
    static func invariants(
        _ log: [CommandLog.Transaction], snapshot: Snapshot = snapshot(), cancelled: Set<String> = []
    ) -> Set<Violation.Invariant> {
        let checker = InvariantChecker(
            plans: [plan], operations: Operations(acknowledged: ["a"], cancelled: cancelled),
            replay: QueueReplay(CommandLog(transactions: log), queue: SequenceRun.queue), snapshot: snapshot)
        return Set(checker.violations.map(\.invariant))
    }

    static func snapshot(processed: Int64 = 1, failed: Int64 = 0, keys: [Snapshot.Key] = []) -> Snapshot {
        let names = RedisKeys(queue: SequenceRun.queue)
        return Snapshot(
            keys: keys,
            counters: [
                names.processedTotal: processed, names.processedTotal + ":2026-01-01": processed,
                names.failedTotal: failed, names.failedTotal + ":2026-01-01": failed,
            ])
    }

    @Test func `a task that is taken, rescued, taken again and ended violates nothing`() {
        let log = [
            Self.created, Self.taken, Self.recorded(.started, 1), Self.given, Self.taken, Self.recorded(.started, 2),
            Self.recorded(.succeeded, 2), Self.ended,
        ]
        #expect(Self.invariants(log) == [])
    }

    @Test func `I1: an acknowledged task that was never stored, or did not end, is lost`() {
        #expect(Self.invariants([], snapshot: Self.snapshot(processed: 0)) == [.noLostTask])
        #expect(Self.invariants([Self.created, Self.taken], snapshot: Self.snapshot(processed: 0)) == [.noLostTask])
    }

    @Test func `I2: a task in two containers, or in another than its state's, is found at that very write`() {
        let twice = [Self.created, [["LPUSH", Self.keys.pending, "a"]]]
        #expect(Self.invariants(twice, snapshot: Self.snapshot(processed: 0)).contains(.oneState))
        let wrong = [Self.created, [["HSET", Self.keys.task("a"), "state", "retry"]]]
        #expect(Self.invariants(wrong, snapshot: Self.snapshot(processed: 0)).contains(.oneState))
        let unleased = [Self.created, Array(Self.taken.prefix(2))]
        #expect(Self.invariants(unleased, snapshot: Self.snapshot(processed: 0)).contains(.oneState))
    }

    @Test func `I2: an id that stays active without its task is found`() {
        let log = [
            Self.created, Self.taken, Self.recorded(.succeeded, 1), [["DEL", Self.keys.task("a")]],
        ]
        #expect(Self.invariants(log).contains(.oneState))
    }

    @Test func `I3: the end of an older run does not allow the end of the newer one`() {
        let log = [
            Self.created, Self.taken, Self.given, Self.taken, Self.recorded(.started, 2), Self.recorded(.succeeded, 1),
            Self.ended,
        ]
        #expect(Self.invariants(log) == [.noStaleOutcome])
    }

    @Test func `I4: a lock that outlives its task, changes hands or is released by another is found`() {
        let lock = Self.keys.prefix + "unique:t:x"
        let locked = Self.created + [["SET", lock, "a", "PXAT", "9"]]
        let life = [locked, Self.taken, Self.recorded(.succeeded, 1)]
        var left = Self.snapshot()
        left.locks = [lock: "a"]
        #expect(Self.invariants(life + [Self.ended], snapshot: left) == [.lock])
        #expect(Self.invariants(life + [Self.ended + [["DEL", lock]]]) == [])
        #expect(Self.invariants(life + [[["DEL", lock]], Self.ended]) == [.lock])
        #expect(Self.invariants([locked, [["SET", lock, "b"]]] + [Self.taken]).contains(.lock))
    }

    @Test func `I5: counters that differ from the outcomes are found`() {
        let log = [Self.created, Self.taken, Self.recorded(.succeeded, 1), Self.ended]
        #expect(Self.invariants(log, snapshot: Self.snapshot(processed: 2)) == [.counters])
        #expect(Self.invariants(log, snapshot: Self.snapshot(failed: 1)) == [.counters])
        #expect(Self.invariants(log) == [])
    }

    @Test func `I8: a retry that no handler asked for is found`() {
        let retried = [
            ["LREM", Self.keys.active, "-1", "a"], ["ZREM", Self.keys.lease, "a"],
            ["HSET", Self.keys.task("a"), "state", "retry", "msg", Self.message("a", retried: 1)],
            ["ZADD", Self.keys.retry, "9", "a"],
        ]
        let log = [Self.created, Self.taken, Self.recorded(.started, 1), retried]
        #expect(Self.invariants(log).contains(.crashCost))
    }

    @Test func `I9: keys that are not documented, and lives that are not as documented, are found`() {
        let log = [Self.created, Self.taken, Self.recorded(.succeeded, 1), Self.ended]
        for key in [
            Snapshot.Key(name: "schedcu:{faults}:unheard-of", milliseconds: nil),
            Snapshot.Key(name: RedisKeys.liveness(workerID: "h:1:x"), milliseconds: nil),
            Snapshot.Key(name: Self.keys.completed, milliseconds: 5),
        ] {
            #expect(Self.invariants(log, snapshot: Self.snapshot(keys: [key])) == [.leftovers], "\(key)")
        }
        let fine = [
            Snapshot.Key(name: RedisKeys.queues, milliseconds: nil),
            Snapshot.Key(name: RunRecord.key, milliseconds: nil),
            Snapshot.Key(name: RedisKeys.liveness(workerID: "h:1:x"), milliseconds: 5),
        ]
        #expect(Self.invariants(log, snapshot: Self.snapshot(keys: fine)) == [])
    }

    @Test func `a task may be archived where somebody cancelled it, and only there`() {
        let archived = [
            ["LREM", Self.keys.pending, "1", "a"], ["HSET", Self.keys.task("a"), "state", "archived"],
            ["ZADD", Self.keys.archived, "9", "a"],
        ]
        var left = Self.snapshot(processed: 0)
        left.tasks = ["a": ["state": "archived"]]
        left.containers = ["archived": ["a"]]
        #expect(Self.invariants([Self.created, archived], snapshot: left, cancelled: ["a"]) == [])
        #expect(Self.invariants([Self.created, archived], snapshot: left) == [.noLostTask, .noStaleOutcome])
    }
}
