import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Section 7, items 1 to 18: what our producer leaves is what a Go worker and Go's tools find.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct ProducerConformanceTests {
    private let fixture: ConformanceFixture
    private let go: GoFleet

    init() throws {
        fixture = try ConformanceFixture()
        go = fixture.go
    }

    @Test func `item 1: Go finds a task of ours with its id, type, payload, queue, state, retries, timeout, retention`()
        async throws
    {
        let plain = try await fixture.client.enqueue(QueueTask(type: "email:send", payload: [0, 255]))
        let first = try #require(await go.task(plain.id))
        #expect(first.state == "pending")
        #expect(
            first.message
                == TaskMessage(
                    type: "email:send", payload: [0, 255], id: plain.id, queue: "default", maxRetry: 25,
                    timeoutSeconds: 1800))
        let kept = try await fixture.client.enqueue(
            QueueTask(type: "t"), EnqueueOptions(queue: "q", taskID: "kept", retention: .seconds(3600)))
        #expect(try await go.task(kept.id, in: "q")?.message.retentionSeconds == 3600)
    }

    @Test func `item 2: a queue is listed, also when its first task is scheduled or in a group`() async throws {
        try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(queue: "now"))
        try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(queue: "later", processIn: .seconds(60)))
        try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(queue: "grouped", group: "g"))
        let names = try await fixture.redis.send("SMEMBERS", "asynq:queues").array().map { try $0.string() }
        #expect(Set(names) == ["now", "later", "grouped"])
    }

    @Test func `item 4: pending is first in, first out across our producers and Go's`() async throws {
        for number in 0..<6 {
            if number.isMultiple(of: 2) {
                try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "\(number)"))
            } else {
                #expect(try await go.enqueue(ConformanceFixture.message("\(number)")) == 1)
            }
        }
        #expect(try await go.ids("pending") == ["0", "1", "2", "3", "4", "5"])
        #expect(try await go.dequeue()?.id == "0")
        let next = try #require(
            await fixture.broker.dequeue(
                from: ["default"], limit: 1, worker: WorkerIdentity(host: "h", pid: 1, serverID: "s")
            ).first)
        #expect(next.run.message.id == "1")
    }

    @Test func `item 5: pending_since holds nanoseconds of the producer's clock`() async throws {
        let before = Date().timeIntervalSince1970
        let info = try await fixture.client.enqueue(QueueTask(type: "t"))
        let text = try #require(await go.task(info.id)?.text("pending_since"))
        #expect(text.allSatisfy(\.isNumber) && text.count == 19)
        let since = try #require(Double(text)) / 1e9
        #expect((before - 0.001...Date().timeIntervalSince1970).contains(since))
    }

    @Test func `item 6: a delayed task has a whole score not before its moment, a past moment is now`() async throws {
        let later = Date(timeIntervalSinceNow: 90.25)
        let first = try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(processAt: later))
        let score = try #require(await go.score(first.id, "scheduled"))
        let second = try #require(Int(score), "not a whole number: \(score)")
        #expect(second == Int(later.timeIntervalSince1970.rounded(.up)))
        #expect(first.nextProcessAt == Date(timeIntervalSince1970: TimeInterval(second)))
        #expect(try await go.task(first.id)?.state == "scheduled")
        #expect(try await go.task(first.id)?.text("pending_since") == nil)
        let past = try await fixture.client.enqueue(
            QueueTask(type: "t"), EnqueueOptions(processAt: Date(timeIntervalSinceNow: -5)))
        #expect(try await go.task(past.id)?.state == "pending")
        #expect(try await go.ids("pending") == [past.id])
    }

    @Test func `item 7: Go's producer is refused the id of a task of ours in each state`() async throws {
        let worker = WorkerIdentity(host: "h", pid: 1, serverID: "s")
        func take() async throws -> TaskRun {
            try #require(await fixture.broker.dequeue(from: ["default"], limit: 1, worker: worker).first).run
        }
        func enqueue(_ id: String, _ change: (inout EnqueueOptions) -> Void = { _ in }) async throws {
            var options = EnqueueOptions(taskID: id, retention: .seconds(60))
            change(&options)
            try await fixture.client.enqueue(QueueTask(type: "t"), options)
        }
        try await enqueue("completed")
        #expect(try await fixture.broker.complete(take()) == .written)
        try await enqueue("archived")
        #expect(try await fixture.broker.archive(take(), error: "e") == .written)
        try await enqueue("retry")
        #expect(try await fixture.broker.retry(take(), at: .distantFuture, error: "e", isFailure: true) == .written)
        try await enqueue("active")
        _ = try await take()
        try await enqueue("scheduled") { $0.processIn = .seconds(60) }
        try await enqueue("aggregating") { $0.group = "g" }
        try await enqueue("pending")
        for state in TaskState.allCases.map(\.rawValue) {
            #expect(try await go.task(state)?.state == state)
            #expect(try await go.enqueue(ConformanceFixture.message(state)) == 0, "\(state)")
        }
    }

    @Test(arguments: [Array(#"{"u":1}"#.utf8), [], nil] as [[UInt8]?])
    func `item 8: ours and Go's unique tasks keep each other out, absent and empty payloads apart`(payload: [UInt8]?)
        async throws
    {
        // The keys of section 2.6.
        let digests: [[UInt8]?: String] = [
            nil: "", []: "d41d8cd98f00b204e9800998ecf8427e",
            Array(#"{"u":1}"#.utf8): "cfeb4906248f18cb94f202711c2a34cf",
        ]
        let key = "asynq:{default}:unique:t:\(try #require(digests[payload]))"
        let message = ConformanceFixture.message("go", type: "t", payload: payload ?? []) { $0.uniqueKey = key }
        let task = QueueTask(type: "t", payload: payload)
        let options = EnqueueOptions(taskID: "ours", unique: .seconds(100))
        let before = go.now
        try await fixture.client.enqueue(task, options)
        #expect((before + 99...go.now + 101).contains(try await go.expiry(key)))
        #expect(try await go.enqueue(message) == -1)
        #expect(try await go.delete("ours") == 1)
        #expect(try await go.enqueue(message) == 1)
        await #expect(throws: EnqueueError.duplicateTask) { try await fixture.client.enqueue(task, options) }
        #expect(try await fixture.redis.send("KEYS", "asynq:{default}:unique:*").array().count == 1)
    }

    @Test func `item 9: the lock of a delayed unique task lives for the delay and its own time`() async throws {
        let before = go.now
        let info = try await fixture.client.enqueue(
            QueueTask(type: "t", payload: []), EnqueueOptions(processIn: .seconds(100), unique: .seconds(10)))
        let key = "asynq:{default}:unique:t:d41d8cd98f00b204e9800998ecf8427e"
        // Our score is rounded up to the next second, so the lock may live a second longer than Go's.
        #expect((before + 109...go.now + 111).contains(try await go.expiry(key)))
        #expect(try await go.task(info.id)?.text("unique_key") == key)
    }

    @Test func `item 10: Go's delete releases the lock of our task, and not that of another`() async throws {
        let options = EnqueueOptions(taskID: "a", unique: .seconds(100))
        try await fixture.client.enqueue(QueueTask(type: "t", payload: []), options)
        let key = "asynq:{default}:unique:t:d41d8cd98f00b204e9800998ecf8427e"
        #expect(try await go.delete("a") == 1)
        #expect(try await go.exists(key) == false)
        try await fixture.client.enqueue(QueueTask(type: "t", payload: []), options)
        try await fixture.redis.send("SET", .string(key), "other")
        #expect(try await go.delete("a") == 1)
        #expect(try await go.exists(key))
    }

    @Test func `item 12: Go finds our grouped task in its group, the group listed`() async throws {
        let info = try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(group: "g ü"))
        let found = try #require(await go.task(info.id))
        #expect(found.state == "aggregating")
        #expect(found.text("group") == "g ü")
        #expect(found.message.groupKey == "g ü")
        #expect(try await go.ids("g:g ü") == [info.id])
        #expect(
            try await fixture.redis.send("SMEMBERS", "asynq:{default}:groups").array().map { try $0.string() } == [
                "g ü"
            ])
        let score = try #require(await go.score(info.id, "g:g ü"))
        #expect(Int(score) != nil)
    }

    @Test func `item 13: headers of ours reach Go, and Go's reach our handler`() async throws {
        let headers = ["trace": "00-abc", "leer": "", "ü": "✓"]
        let info = try await fixture.client.enqueue(
            QueueTask(type: "t", headers: headers), EnqueueOptions(queue: "out"))
        #expect(try await go.task(info.id, in: "out")?.message.headers == headers)
        #expect(try await go.enqueue(ConformanceFixture.message("in") { $0.headers = headers }) == 1)
        let seen = Mailbox<[String: String]>()
        try await fixture.work { task, _ in seen.send(task.headers) }
        #expect(try await seen.next() == headers)
    }

    @Test func `item 17: any bytes, none and a mebibyte go from us to Go and back`() async throws {
        let every = (0...255).map { UInt8($0) }
        let payloads = [every, [], (0..<1_048_576).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }]
        for (index, payload) in payloads.enumerated() {
            try await fixture.client.enqueue(QueueTask(type: "t", payload: payload), EnqueueOptions(taskID: "\(index)"))
        }
        for payload in payloads {
            let taken = try #require(await go.dequeue())
            let isUnchanged = taken.payload == payload
            #expect(isUnchanged, "task \(taken.id)")
            // Go writes the message anew.
            try await go.retry(taken, at: go.now - 1, error: "once")
        }
        #expect(try await go.forward() == 3)
        let seen = Mailbox<(String, [UInt8]?)>()
        try await fixture.work(3) { task, context in seen.send((context.taskID, task.payload)) }
        for (id, payload) in try await seen.next(3) {
            let isUnchanged = (payload ?? []) == payloads[try #require(Int(id))]
            #expect(isUnchanged, "task \(id)")
        }
    }

    @Test func `item 18: names, headers and error texts of any script survive`() async throws {
        let text = "Ünïcode 漢字 🧪 {x}:\n\t\u{0}"
        let options = EnqueueOptions(queue: "q ü:漢", taskID: "id \(text)", group: nil)
        try await fixture.client.enqueue(QueueTask(type: "type \(text)", headers: [text: text]), options)
        let seen = Mailbox<QueueTask>()
        let configuration = fixture.configuration { $0.queues = ["q ü:漢": 1] }
        try await fixture.work(1, configuration) { task, _ in
            seen.send(task)
            throw TestFailure(description: "error \(text)")
        }
        #expect(try await seen.next() == QueueTask(type: "type \(text)", payload: [], headers: [text: text]))
        let found = try #require(await go.task("id \(text)", in: "q ü:漢"))
        #expect(found.message.errorMessage == "error \(text)")
        #expect(found.message.headers == [text: text])
        try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "g", group: text))
        #expect(try await go.ids("g:\(text)") == ["g"])
    }
}
