/// Every Redis name of one queue: asynq's to the letter (spec 1.2), ours under `schedcu:` with the same hash tag.
///
/// This file is the only place where keys are built.
package struct RedisKeys: Sendable, Hashable {
    /// `asynq:{<queue>}:`, what each of the queue's keys starts with; scripts derive task and group keys from it.
    package let prefix: String
    private let privatePrefix: String

    /// Names the keys of a queue; the queue's name goes into them as it is.
    package init(queue: String) {
        prefix = "asynq:{\(queue)}:"
        privatePrefix = "schedcu:{\(queue)}:"
    }

    /// LIST of ready task ids: pushed at the left, taken from the right.
    package var pending: String { prefix + "pending" }
    /// LIST of running task ids, newest at the left.
    package var active: String { prefix + "active" }
    /// ZSET of running task ids by the end of their lease, Unix seconds.
    package var lease: String { prefix + "lease" }
    /// ZSET of task ids by their moment, Unix seconds.
    package var scheduled: String { prefix + "scheduled" }
    /// ZSET of failed task ids by their next try, Unix seconds.
    package var retry: String { prefix + "retry" }
    /// ZSET of task ids by when they were archived, Unix seconds.
    package var archived: String { prefix + "archived" }
    /// ZSET of task ids by the end of their retention, Unix seconds.
    package var completed: String { prefix + "completed" }
    /// STRING, there while the queue is paused: since when, Unix seconds.
    package var paused: String { prefix + "paused" }
    /// SET of the names of groups that may have tasks.
    package var groups: String { prefix + "groups" }
    /// ZSET of staged aggregation sets by their deadline, Unix seconds.
    package var aggregationSets: String { prefix + "aggregation_sets" }
    /// STRING: tasks processed in all, failures included.
    package var processedTotal: String { prefix + "processed" }
    /// STRING: tasks failed in all.
    package var failedTotal: String { prefix + "failed" }
    /// What each task's key starts with.
    package var taskPrefix: String { prefix + "t:" }
    /// What each group's key starts with.
    package var groupPrefix: String { prefix + "g:" }
    /// LIST, ours: ids whose message does not decode, oldest at the left.
    package var quarantine: String { privatePrefix + "quarantine" }
    /// HASH, ours: what the whole fleet does with the queue: `concurrency` (a number) and `rate` (`<tasks>|<ms>|<burst>`), and
    /// of the archive `archive-count` and `archive-seconds`.
    package var limits: String { privatePrefix + "limits" }
    /// STRING, ours: when the next task is due at the queue's rate, Unix microseconds of Redis's clock; gone when it is past.
    package var rateArrival: String { privatePrefix + "rate" }

    /// ZSET, ours: ids of the queue's workflows by when they were created, Unix seconds.
    package var workflows: String { privatePrefix + "workflows" }
    /// ZSET, ours: task ids of the workflows' steps that have started and are not known to have succeeded, by when they started,
    /// Unix seconds.
    package var workflowSteps: String { privatePrefix + "workflow-steps" }
    /// What each workflow's key starts with.
    var workflowPrefix: String { privatePrefix + "workflow:" }

    /// HASH, ours: a workflow with its waiting steps.
    package func workflow(_ id: String) -> String { workflowPrefix + id }

    /// ZSET, ours: ids of archived tasks with a retention of their own by its end, Unix seconds.
    ///
    /// It only says where to look: an id of a task that is not in the archive any more may stay until then.
    package var archiveEnds: String { privatePrefix + "archive-ends" }

    /// HASH of one task.
    package func task(_ id: String) -> String { taskPrefix + id }

    /// ZSET of the task ids of one group by when they were added, Unix seconds.
    package func group(_ name: String) -> String { groupPrefix + name }

    /// ZSET of the task ids staged for one aggregation.
    package func aggregationSet(group: String, set: String) -> String { groupPrefix + group + ":" + set }

    /// STRING: tasks processed on one day, failures included.
    package func processed(on day: UTCDay) -> String { prefix + "processed:" + day.text }

    /// STRING: tasks failed on one day.
    package func failed(on day: UTCDay) -> String { prefix + "failed:" + day.text }

    /// STRING: the id of the task that holds the lock of a type and a payload's digest.
    func uniqueLock(type: String, digest: String) -> String { prefix + "unique:" + type + ":" + digest }

    /// STRING: the id of the task that holds a lock with a name of the producer's.
    func customLock(name: String) -> String { privatePrefix + "unique:" + name }
}

extension RedisKeys {
    /// The queue whose pending list has this key, if it is one.
    static func queue(ofPending key: String) -> String? { queue(of: key, suffix: "}:pending") }

    /// The queue whose scheduled set has this key, if it is one.
    static func queue(ofScheduled key: String) -> String? { queue(of: key, suffix: "}:scheduled") }

    private static func queue(of key: String, suffix: String) -> String? {
        let head = "asynq:{"
        guard key.hasPrefix(head), key.hasSuffix(suffix), key.utf8.count > head.utf8.count + suffix.utf8.count else {
            return nil
        }
        return String(key.dropFirst(head.count).dropLast(suffix.count))
    }

    /// SET of the queues ever published.
    package static let queues = "asynq:queues"
    /// ZSET of the server snapshots' keys by their expiry, Unix seconds.
    package static let servers = "asynq:servers"
    /// ZSET of the workers hashes' keys by their expiry, Unix seconds.
    package static let workers = "asynq:workers"
    /// ZSET of the scheduler lists' keys by their expiry, Unix seconds.
    package static let schedulers = "asynq:schedulers"
    /// Channel: ids of tasks to cancel.
    package static let cancelChannel = "asynq:cancel"

    /// STRING: a server's snapshot.
    package static func server(_ worker: WorkerIdentity) -> String { "asynq:servers:{\(worker.id)}" }

    /// HASH: a server's running tasks by id.
    package static func workers(of worker: WorkerIdentity) -> String { "asynq:workers:{\(worker.id)}" }

    /// LIST: a scheduler's entries.
    package static func scheduler(_ id: String) -> String { "asynq:schedulers:{\(id)}" }

    /// ZSET: a periodic task's enqueue events.
    package static func schedulerHistory(entry id: String) -> String { "asynq:scheduler_history:\(id)" }

    /// Channel, ours: keys of pending lists that had been empty, and of scheduled sets with a new first task.
    package static let wakeChannel = "schedcu:wake"

    /// Channel, ours: keys of tasks that were completed or archived while somebody waited for it.
    package static let endedChannel = "schedcu:ended"

    /// Channel, ours: keys of tasks that are to be cancelled for good.
    package static let cancelRequests = "schedcu:cancel"

    /// The queue and the id of a task's key; the queue's name must not hold `}:t:`, as in ``group(inKey:)``.
    static func task(inKey key: String) -> (queue: String, id: String)? {
        let opening = "asynq:{"
        guard key.hasPrefix(opening), let middle = key.utf8.firstRange(of: "}:t:".utf8) else { return nil }
        let start = key.utf8.index(key.startIndex, offsetBy: opening.utf8.count)
        guard start <= middle.lowerBound else { return nil }
        return (String(key[start..<middle.lowerBound]), String(key[middle.upperBound...]))
    }

    /// ZSET: the task ids that hold a semaphore, by their deadline, Unix seconds.
    package static func semaphore(scope: String) -> String { "asynq:sema:\(scope)" }

    /// STRING, ours: there while a worker lives.
    package static func liveness(workerID: String) -> String { "schedcu:worker:\(workerID)" }

    /// STRING, ours: a file's bytes under their SHA-256 in lower-case hexadecimal.
    package static func blob(sha256: String) -> String { "schedcu:blob:\(sha256)" }

    /// HASH, ours: lanes, starts and batches under way of one login at one host; the credential's name, never the code.
    ///
    /// What is no letter, digit or one of `-._:` is written as its UTF-8 in hexadecimal after `%`.
    package static func rate(host: String, credential: String) -> String {
        "schedcu:rate:\(percentEncoded(host)):\(percentEncoded(credential))"
    }

    /// STRING, ours: there while a page of that login must not be fetched; in the slot of ``rate(host:credential:)``.
    package static func ratePage(_ page: String, host: String, credential: String) -> String {
        "{\(rate(host: host, credential: credential))}:page:\(page)"
    }

    /// Braces would change a key's slot in a cluster.
    private static func percentEncoded(_ name: String) -> String {
        name.utf8.reduce(into: "") { text, byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain = Character(scalar).isASCII && (Character(scalar).isLetter || Character(scalar).isNumber)
            if isPlain || "-._:".unicodeScalars.contains(scalar) {
                text.unicodeScalars.append(scalar)
            } else {
                text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }

    /// STRING, ours: term and id of the scheduler that leads the default fleet.
    package static let schedulerLeader = "schedcu:scheduler:leader"

    /// STRING, ours: term and id of the scheduler that leads a fleet; lives as long as the term.
    package static func leader(ofFleet name: String) -> String {
        name == PeriodicSchedulerConfiguration.defaultFleet ? schedulerLeader : "\(schedulerLeader):\(name)"
    }

    /// HASH, ours: the highest term of a fleet and who had it; in the slot of ``leader(ofFleet:)``, like all of the fleet's.
    package static func terms(ofFleet name: String) -> String { "{\(leader(ofFleet: name))}:terms" }

    /// HASH, ours: the last tick that the fleet claimed of an entry, its spec, and each claimed tick that has no task yet.
    package static func ticks(ofEntry id: String, fleet name: String) -> String {
        "{\(leader(ofFleet: name))}:ticks:\(id)"
    }

    /// STRING, ours: the highest term of a fleet that enqueued into the queue.
    package func schedulerTerm(ofFleet name: String) -> String { privatePrefix + "scheduler_term:" + name }

    /// ZSET, ours: the latest ticks of an entry that have had their task in the queue, by themselves.
    ///
    /// `scope` is the entry's id alone where all fleets count as one, else fleet and entry.
    package func enqueuedTicks(scope: String) -> String { privatePrefix + "ticks:" + scope }
}

extension RedisKeys {
    /// Lua: other keys of a queue from that of its active list, for scripts that end a task and are given many keys already.
    static let luaNames = """
        local function limits_of(active) return 'schedcu:' .. string.sub(active, 7, -7) .. 'limits' end
        local function pending_of(active) return string.sub(active, 1, -7) .. 'pending' end

        """
}

extension RedisKeys {
    /// What `SCAN` is to match to find each queue's groups and staged sets.
    static let groupPattern = "asynq:{*}:g:*"
    /// STRING, ours: there while lost groups need not be looked for again.
    static let groupSweep = "schedcu:groups:swept"

    /// The queue and the group of a group's key.
    ///
    /// The group's name may hold anything. Of a queue whose name holds `}:g:` the wrong part is taken for the queue; a name that
    /// breaks the hash tag is the user's risk anyway.
    static func group(inKey key: String) -> (queue: String, group: String)? {
        let opening = "asynq:{"
        let bytes = key.utf8
        guard bytes.starts(with: opening.utf8), let middle = bytes.firstRange(of: "}:g:".utf8) else { return nil }
        let start = bytes.index(bytes.startIndex, offsetBy: opening.utf8.count)
        guard start <= middle.lowerBound else { return nil }
        return (String(key[start..<middle.lowerBound]), String(key[middle.upperBound...]))
    }

    /// A staged set's key and its group: what stands before the last colon, since the group's name may hold colons.
    ///
    /// - Parameter member: A member of ``aggregationSets``, as anybody may have written it.
    /// - Returns: `nil` when it is no set of this queue.
    func stagedSet(_ member: [UInt8]) -> (key: String, group: String)? {
        guard member.starts(with: groupPrefix.utf8), let colon = member.lastIndex(of: UInt8(ascii: ":")),
            colon >= groupPrefix.utf8.count, let key = String(validating: member, as: UTF8.self)
        else { return nil }
        return (key, String(decoding: member[groupPrefix.utf8.count..<colon], as: UTF8.self))
    }
}

/// Names of our private fields in a task's hash; they go with it, and Go leaves them alone.
enum TaskField {
    /// `<worker id>|<run token>|<lease>|<deliveries>`: whose run it is, the lease that it wrote last, Unix seconds, and how
    /// often the task was delivered to one of our workers; it counts while the lease is the task's.
    static let owner = "schedcu:owner"
    /// How often the task was delivered to one of our workers, while none has it.
    static let deliveries = "schedcu:deliveries"
    /// `<count>|<Unix seconds of the last>`: how many workers of ours died while they had the task.
    static let crashes = "schedcu:crashes"
    /// The owner that runs the task as the only one of its process.
    static let alone = "schedcu:alone"
}

// MARK: A queue as a whole, for its removal

extension RedisKeys {
    /// What a key of asynq's that belongs to one queue is.
    enum Kind { case task, lock, other }

    /// What a key is; it must be one of this queue's.
    func kind(of key: [UInt8]) -> Kind {
        if key.starts(with: taskPrefix.utf8) { return .task }
        let isLock = key.starts(with: (prefix + "unique:").utf8) || key.starts(with: (privatePrefix + "unique:").utf8)
        return isLock ? .lock : .other
    }

    /// The keys of which one exists as long as the queue has tasks.
    var containers: [String] { [pending, active, scheduled, retry, archived, completed, groups, aggregationSets] }

    /// Matches all of asynq's keys of the queue in `SCAN`.
    var pattern: String { Self.escaped(prefix) + "*" }

    /// Matches the queue's locks with a name of the producer's in `SCAN`.
    var customLockPattern: String { Self.escaped(privatePrefix + "unique:") + "*" }

    /// A text that a pattern of Redis matches as it stands.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            if "*?[]\\^-".unicodeScalars.contains(character) { escaped += "\\" }
            escaped.unicodeScalars.append(character)
        }
        return escaped
    }
}
