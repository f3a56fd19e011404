import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Section 7, item 74: every script's keys share one slot, as a Redis Cluster demands.
@Suite(.requiresRedis, .timeLimit(.minutes(2))) struct ClusterConformanceTests {
    @Test func `item 74: a whole life of tasks runs on a Cluster node, and no script leaves its slot`() async throws {
        try await RedisServerProcess.withServer(arguments: RedisServerProcess.clusterArguments) { process in
            let logger = RedisServerProcess.silentLogger
            let client = RedisClient(process.configuration, name: "test", logger: logger)
            try await client.send("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            while try await !client.send("CLUSTER", "INFO").string().contains("cluster_state:ok") { await Task.yield() }
            guard case .unix(let path) = process.configuration.address else {
                return #expect(Bool(false), "not on a socket")
            }
            let monitor = try RedisMonitor(socketPath: path)
            let broker = RedisBroker(process.configuration, logger: logger)
            try await WholeLife(
                client: TaskClient(broker: broker), broker: broker, inspector: TaskInspector(client: client),
                redis: client
            ).run(logger: logger)
            await broker.close()
            try await client.send("ECHO", .string(RedisMonitor.end))
            let calls = ScriptCall.calls(in: await monitor.lines())
            #expect(calls.count > 50)
            #expect(Set(calls.map(\.script)).count > 8)
            for call in calls {
                #expect(Set(call.declared.map(ScriptCall.hashTag)).count <= 1, "\(call.declared)")
                #expect(Set(call.touched.map(ScriptCall.hashTag)).count <= 1, "\(call.touched.sorted())")
            }
            #expect(calls.contains { !$0.touched.subtracting($0.declared).isEmpty }, "derived keys must have been seen")
            let errors = try await client.send("INFO", "errorstats").string()
            #expect(!errors.contains("CROSSSLOT"), "\(errors)")
            await client.close()
        }
    }

    @Test func `a script that leaves its slot is seen`() {
        let calls = ScriptCall.calls(in: [
            #"1.5 [0 unix:r] "EVALSHA" "abc" "1" "asynq:{a}:pending" "x""#,
            #"1.5 [0 lua] "RPOPLPUSH" "asynq:{a}:pending" "asynq:{b}:active""#,
            #"1.5 [0 unix:r] "GET" "asynq:{c}:paused""#,
            #"1.5 [0 unix:r] "EVALSHA" "def" "1" "asynq:{a}:t:x" "x""#,
            #"1.5 [0 lua] "HGET" "asynq:{a}:t:x" "schedcu:owner""#,
            #"1.5 [0 lua] "PUBLISH" "schedcu:wake" "asynq:{a}:pending""#,
            #"1.5 [0 lua] "SET" "schedcu:stray" "1""#,
        ])
        #expect(calls.count == 2)
        #expect(calls.last?.touched == ["asynq:{a}:t:x", "asynq:{a}:pending", "schedcu:stray"])
        #expect(calls.first?.declared == ["asynq:{a}:pending"])
        #expect(calls.first?.touched == ["asynq:{a}:pending", "asynq:{b}:active"])
        #expect(Set((calls.first?.touched ?? []).map(ScriptCall.hashTag)) == ["a", "b"])
    }
}

/// One run of a script as `MONITOR` shows it: the call, then what it did.
struct ScriptCall {
    /// The digest or the text.
    let script: String
    /// `KEYS`.
    let declared: Set<String>
    /// Every name of ours or asynq's among its commands' arguments, `KEYS` included.
    var touched: Set<String>

    /// The scripts' runs in order; a script's commands follow its call at once.
    static func calls(in lines: [String]) -> [ScriptCall] {
        var calls: [ScriptCall] = []
        for line in lines {
            let words = words(line)
            guard let name = words.first?.uppercased() else { continue }
            if line.contains(" lua] ") {
                guard !calls.isEmpty else { continue }
                // Ours are also the names of fields and channels; a key stands first where it has no tag.
                var keys = words.dropFirst().filter { $0.hasPrefix("asynq:") || $0.hasPrefix("schedcu:{") }
                keys += words.dropFirst().prefix(1).filter { name != "PUBLISH" && $0.hasPrefix("schedcu:") }
                calls[calls.count - 1].touched.formUnion(keys)
            } else if name == "EVALSHA" || name == "EVAL", words.count > 2, let count = Int(words[2]) {
                let keys = Set(words.dropFirst(3).prefix(count))
                calls.append(ScriptCall(script: words[1], declared: keys, touched: keys))
            }
        }
        return calls
    }

    /// What Redis hashes: the text in the first pair of braces, or the whole key.
    static func hashTag(_ key: String) -> String {
        guard let open = key.firstIndex(of: "{") else { return key }
        let rest = key[key.index(after: open)...]
        guard let close = rest.firstIndex(of: "}"), close != rest.startIndex else { return key }
        return String(rest[..<close])
    }

    /// The quoted words of a line, their escapes left as they are.
    private static func words(_ line: String) -> [String] {
        var words: [String] = []
        var word: String?
        var isEscaped = false
        for character in line.drop(while: { $0 != "]" }) {
            switch (word, character) {
            case (nil, "\""): word = ""
            case (nil, _): break
            case (let text?, "\"") where !isEscaped:
                words.append(text)
                word = nil
            case (let text?, _): word = text + String(character)
            }
            isEscaped = character == "\\" && !isEscaped
        }
        return words
    }
}
