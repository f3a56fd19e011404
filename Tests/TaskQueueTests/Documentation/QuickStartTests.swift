import ConcurrencySupport
import Foundation
import Logging
import Redis
import RedisTestSupport
import TaskQueue
import Testing

/// The programs of the library's front page, with what surrounds them there as parameters.
private enum QuickStart {
    static func produce(url: String) async throws -> TaskInfo {
        // producer
        let logger = Logger(label: "mail-producer")
        let redis = try RedisConfiguration(url: url)
        let client = TaskClient(redis: redis, logger: logger)
        let welcome = QueueTask(type: "mail:welcome", payload: Array("ada@example.com".utf8))
        let options = EnqueueOptions(queue: "mail", maxRetry: 3, retention: .seconds(3600))
        let info = try await client.enqueue(welcome, options)
        print("task \(info.id) is \(info.state)")
        await client.close()
        // end
        return info
    }

    static func work(url: String, send: @escaping @Sendable (String) async throws -> Void) async throws {
        // worker
        let logger = Logger(label: "mail-worker")
        let redis = try RedisConfiguration(url: url)
        let mux = ServeMux()
        mux.handle("mail:welcome") { task, context in
            let address = String(decoding: task.payload ?? [], as: UTF8.self)
            try await send(address)
            try await context.resultWriter.write(Array("sent".utf8))
        }
        let configuration = TaskServerConfiguration(concurrency: 4, queues: ["mail": 1])
        try await TaskServer(redis: redis, configuration: configuration, logger: logger).run(mux)
        // end
    }
}

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1)))
struct QuickStartTests {
    @Test func `the worker of the documentation does the task of its producer`() async throws {
        let database = try #require(RedisDatabaseTrait.current)
        let enqueued = try await QuickStart.produce(url: database.url)
        let (sent, continuation) = AsyncStream.makeStream(of: String.self)
        let worker = Task { try await QuickStart.work(url: database.url) { continuation.yield($0) } }

        let first = await sent.first { _ in true }
        worker.cancel()  // a graceful end: the task that runs is finished
        try await worker.value

        #expect(first == "ada@example.com")
        let inspector = TaskInspector(redis: database.configuration, logger: database.logger)
        let stored = try await inspector.task(enqueued.id, in: "mail")
        await inspector.close()
        #expect(stored.state == .completed)
        #expect(stored.result == Array("sent".utf8))
    }
}

@Suite struct QuickStartTextTests {
    /// The package's folder, however the tests were built.
    private static let root = {
        var folder = URL(filePath: #filePath).resolvingSymlinksInPath()
        for _ in 1...4 { folder.deleteLastPathComponent() }
        return folder
    }()

    @Test(
        arguments: ["README.md", "Sources/TaskQueue/TaskQueue.docc/TaskQueue.md"], ["producer", "worker"])
    func `the documents show the programs that are tested here`(document: String, program: String) throws {
        let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let tested = try #require(Self.lines(of: source, after: "        // \(program)", until: "        // end"))
            .map { String($0.dropFirst(8)) }
        let text = try String(contentsOf: Self.root.appending(path: document), encoding: .utf8)
        let shown = try #require(Self.lines(of: text, after: "<!-- \(program) -->", until: "```"))
        #expect(shown.first == "```swift")
        #expect(Array(shown.dropFirst()) == tested)
        #expect(tested.count > 5)
    }

    private static func lines(of text: String, after start: String, until end: String) -> [String]? {
        let all = text.components(separatedBy: "\n")
        guard let from = all.firstIndex(of: start), let to = all[(from + 1)...].firstIndex(of: end) else { return nil }
        return Array(all[(from + 1)..<to])
    }
}
