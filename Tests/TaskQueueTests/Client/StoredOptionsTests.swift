import Foundation
import Testing

@testable import TaskQueue

@Suite struct StoredOptionsTests {
    private let now = Date(timeIntervalSince1970: 1_893_456_000)

    private func stored(_ options: EnqueueOptions) throws -> String? {
        try ComposedTask(QueueTask(type: "t"), options, now: now).stored.text
    }

    @Test func `only what goes beyond asynq's message is stored, and comes back`() throws {
        #expect(try stored(EnqueueOptions(maxRetry: 3, unique: .seconds(9), retention: .seconds(9))) == nil)
        #expect(try stored(EnqueueOptions(releasesUniqueOnArchive: true)) == nil)
        let text = try stored(
            EnqueueOptions(
                unique: .seconds(9), retryDelays: .listed([.seconds(1), .milliseconds(1500), .seconds(-4)]),
                expiresAt: now + 0.5, releasesUniqueOnArchive: true))
        #expect(text == "1;u;e=1893456001;r=l:1,2,0;")
        #expect(StoredOptions(text.map { Array($0.utf8) }).text == text)
        #expect(try stored(EnqueueOptions(retryDelays: .doubling(from: .zero, upTo: .seconds(60)))) == "1;r=d:1,60;")
    }

    @Test func `an expiry counts from the first moment at which the task may run`() throws {
        let options = EnqueueOptions(processIn: .seconds(100), expiresAt: now, expiresIn: .seconds(10))
        #expect(try stored(options) == "1;e=1893456110;")
        #expect(try stored(EnqueueOptions(expiresIn: .seconds(-10))) == "1;e=1893455990;")
        #expect(try stored(EnqueueOptions(expiresAt: .distantPast)) == "1;e=-62135596800;")
    }

    @Test(arguments: [
        "", "1", "2;u;e=1;", ";u;", "1;x;y=2;", "1;e=;", "1;e=12345678901234567890;", "1;r=", "1;r=l:", "1;r=l:1,x;",
        "1;r=d:1;", "1;r=l:-1;", "1;r=q:1;",
    ])
    func `what cannot be read, or is of another version, is nothing to heed`(text: String) {
        #expect(StoredOptions(Array(text.utf8)) == StoredOptions())
    }

    @Test func `a part that is not known hides no other`() {
        var expected = StoredOptions()
        expected.expiresAtUnixSeconds = 7
        #expect(StoredOptions(Array("1;z=9;e=7;".utf8)) == expected)
    }

    @Test(arguments: [0, 101]) func `a list of no waits, or of more than 100, is refused`(count: Int) {
        let delays = RetryDelays.listed(Array(repeating: .seconds(1), count: count))
        let error = #expect(throws: EnqueueError.self) { try stored(EnqueueOptions(retryDelays: delays)) }
        #expect(error?.code == .invalidOption)
    }

    @Test func `delays are listed, the last one for ever, or doubled up to a limit`() {
        let listed = RetryDelays.listed([.seconds(3), .seconds(1)])
        #expect([0, 1, 2, .max].map { listed.delay(retried: $0) } == [3, 1, 1, 1].map { .seconds($0) })
        let doubled = RetryDelays.doubling(from: .seconds(2), upTo: .seconds(10))
        #expect(
            [-1, 0, 1, 2, 3, .max].map { doubled.delay(retried: $0) } == [2, 2, 4, 8, 10, 10].map { .seconds($0) })
        #expect(RetryDelays.fixed(.seconds(5)).delay(retried: 9) == .seconds(5))
        let endless = RetryDelays.doubling(from: .seconds(Int64.max), upTo: .seconds(Int64.max))
        #expect(endless.delay(retried: 32) == .seconds(3_155_760_000))
    }

    @Test(arguments: [EnqueueOptions(retryDelays: .fixed(.seconds(1))), EnqueueOptions(expiresIn: .seconds(1))])
    func `a step that is handed over takes no such options`(options: EnqueueOptions) throws {
        let error = #expect(throws: EnqueueError.self) {
            try TaskContext(taskID: "1", queue: "q").handOver(to: QueueTask(type: "next"), options)
        }
        #expect(error?.code == .invalidHandOver)
    }
}
