import Redis

/// Reads what a task's stream holds.
struct TaskEventReplay: Sendable {
    /// How many entries one command reads: 64 KiB each at worst, and Redis serves nobody else meanwhile.
    static let pageSize = 200

    /// An event as the stream holds it.
    struct Entry: Sendable {
        /// Its number, from the entry's id.
        let seq: Int
        /// Its JSON.
        let bytes: [UInt8]
    }

    private let redis: RedisClient

    init(redis: RedisClient) {
        self.redis = redis
    }

    /// One page of a task's events, as bytes.
    ///
    /// - Parameters:
    ///   - task: The task.
    ///   - seq: The first event wanted.
    /// - Returns: Up to ``pageSize`` events in order, each with its `seq`; fewer mean that there are no more for now.
    /// - Throws: ``RedisError``, `unexpectedReply` when the stream is not one of ours.
    func page(of task: TaskName, from seq: Int) async throws(RedisError) -> [Entry] {
        let stream = TaskEventKeys.stream(queue: task.queue, taskID: task.id)
        let reply = try await redis.send(
            RedisCommand("XRANGE", [.string(stream), .string("\(max(seq, 0))-0"), "+", "COUNT", .int(Self.pageSize)]))
        var events: [Entry] = []
        for entry in try reply.array() {
            let parts = try entry.array()
            guard parts.count == 2, let seq = Int(try parts[0].string().prefix { $0 != "-" }),
                seq <= TaskEventLimits.maxSeq
            else {
                throw RedisError(.unexpectedReply, "an entry of \(stream) has an id of another form", command: "XRANGE")
            }
            let fields = try parts[1].array()
            guard fields.count == 2, try fields[0].string() == TaskEventKeys.eventField else {
                throw RedisError(.unexpectedReply, "an entry of \(stream) has other fields", command: "XRANGE")
            }
            events.append(Entry(seq: seq, bytes: try fields[1].bytes()))
        }
        return events
    }

    /// ``page(of:from:)`` with its error as a value.
    func result(of task: TaskName, from seq: Int) async -> Result<[Entry], RedisError> {
        // `return try await` inside a retry loop's `do` crashes the compiler (Swift 6.3.1, SILGenCleanup).
        do throws(RedisError) {
            return .success(try await page(of: task, from: seq))
        } catch {
            return .failure(error)
        }
    }
}

/// A task's full name: ids are unique per queue only.
struct TaskName: Sendable, Hashable {
    let queue: String
    let id: String
}
