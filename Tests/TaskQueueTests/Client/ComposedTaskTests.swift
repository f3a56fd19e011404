import Foundation
import Testing

@testable import TaskQueue

@Suite struct ComposedTaskTests {
    private static let now = Date(timeIntervalSince1970: 1_700_000_000.25)

    private static func compose(
        _ options: EnqueueOptions, payload: [UInt8]? = [1]
    ) throws -> ComposedTask {
        try ComposedTask(QueueTask(type: "t", payload: payload), options, now: now)
    }

    @Test func `item 15: the defaults are asynq's, with a timeout of 1800 s where neither limit is given`() throws {
        let task = try Self.compose(EnqueueOptions())
        #expect(task.message.queue == "default")
        #expect(task.message.maxRetry == 25)
        #expect(task.message.timeoutSeconds == 1800)
        #expect(task.message.deadlineUnixSeconds == 0)
        #expect(task.message.retentionSeconds == 0)
        #expect(task.message.uniqueKey.isEmpty)
        #expect(task.placement == .pending)
        #expect(UUID(uuidString: task.message.id) != nil)
        #expect(task.message.id == task.message.id.lowercased())
    }

    @Test(
        arguments: [
            (nil, nil, 1800, 0), (Duration.seconds(20), nil, 20, 0), (nil, 1_700_000_100, 0, 1_700_000_100),
            (Duration.seconds(20), 1_700_000_100, 20, 1_700_000_100), (Duration.milliseconds(500), nil, 1, 0),
            (Duration.zero, nil, 1800, 0), (nil, 1_700_000_100.5, 0, 1_700_000_101),
        ] as [(Duration?, Double?, Int64, Int64)])
    func `item 15, W18: timeout and deadline are written in whole seconds, rounded up`(
        timeout: Duration?, deadline: Double?, timeoutSeconds: Int64, deadlineSeconds: Int64
    ) throws {
        let task = try Self.compose(
            EnqueueOptions(timeout: timeout, deadline: deadline.map { Date(timeIntervalSince1970: $0) }))
        #expect(task.message.timeoutSeconds == timeoutSeconds)
        #expect(task.message.deadlineUnixSeconds == deadlineSeconds)
    }

    @Test func `item 14, W18: a short retention is kept for a second, and negative retries are none`() throws {
        let task = try Self.compose(EnqueueOptions(maxRetry: -3, retention: .milliseconds(900)))
        #expect(task.message.retentionSeconds == 1)
        #expect(task.message.maxRetry == 0)
    }

    @Test func `item 6: a delay beats a group, a past moment is now`() throws {
        let later = Self.now.addingTimeInterval(60)
        #expect(try Self.compose(EnqueueOptions(processAt: later, group: "g")).placement == .scheduled(at: later))
        #expect(try Self.compose(EnqueueOptions(processIn: .seconds(60))).placement == .scheduled(at: later))
        #expect(try Self.compose(EnqueueOptions(processAt: Self.now, group: "g")).placement == .group("g"))
        #expect(try Self.compose(EnqueueOptions(processAt: .distantPast)).placement == .pending)
        #expect(try Self.compose(EnqueueOptions(processIn: .zero)).placement == .pending)
        #expect(try Self.compose(EnqueueOptions(processAt: later, group: "g")).message.groupKey == "g")
    }

    @Test func `item 8: an absent and an empty payload lock different keys`() throws {
        let options = EnqueueOptions(unique: .seconds(5))
        let absent = try Self.compose(options, payload: nil).message.uniqueKey
        let empty = try Self.compose(options, payload: []).message.uniqueKey
        #expect(absent == "asynq:{default}:unique:t:")
        #expect(empty == "asynq:{default}:unique:t:d41d8cd98f00b204e9800998ecf8427e")
    }

    @Test func `a custom key locks whatever the payload is, and none is locked without a time`() throws {
        let options = EnqueueOptions(unique: .seconds(5), uniqueKey: "version-7")
        #expect(
            try Self.compose(options, payload: [1]).message.uniqueKey
                == Self.compose(options, payload: [2]).message.uniqueKey)
        #expect(try Self.compose(EnqueueOptions(uniqueKey: "version-7")).message.uniqueKey.isEmpty)
    }

    @Test(arguments: [
        ("", EnqueueOptions(), EnqueueError.Code.invalidType), (" \n", EnqueueOptions(), .invalidType),
        ("t", EnqueueOptions(queue: " "), .invalidQueue), ("t", EnqueueOptions(taskID: ""), .invalidTaskID),
        ("t", EnqueueOptions(group: "\t"), .invalidGroup),
        ("t", EnqueueOptions(unique: .milliseconds(999)), .invalidUnique),
        ("t", EnqueueOptions(unique: .seconds(1), uniqueKey: " "), .invalidUnique),
    ])
    func `item 14: blank names and short locks are refused`(
        type: String, options: EnqueueOptions, code: EnqueueError.Code
    ) {
        let error = #expect(throws: EnqueueError.self) {
            try ComposedTask(QueueTask(type: type), options, now: Self.now)
        }
        #expect(error?.code == code)
    }
}
