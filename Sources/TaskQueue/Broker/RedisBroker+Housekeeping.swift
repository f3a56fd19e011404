package import Foundation
import Redis

extension RedisBroker {
    /// How many expired leases or active tasks one call reads; the oldest come first, the rest with the next call.
    private static let listingLimit = 1000

    package func forward(queue: String) async throws -> Int {
        let keys = RedisKeys(queue: queue)
        let moment = now
        let arguments: [RedisArgument] = [
            .integer(UnixTime.seconds(moment)), .string(keys.taskPrefix), .integer(UnixTime.nanoseconds(moment)),
            .string(keys.groupPrefix),
        ]
        let moved = try await client.evaluate(
            BrokerScripts.forward,
            batch: [keys.scheduled, keys.retry].map { ([$0, keys.pending, keys.groups], arguments) })
        return try moved.reduce(0) { $0 + Int(try $1.integer()) }
    }

    package func deleteExpiredCompleted(queue: String, limit: Int) async throws -> Int {
        // A negative limit would mean "all" to Redis.
        guard limit > 0 else { return 0 }
        let keys = RedisKeys(queue: queue)
        let reply = try await client.evaluate(
            BrokerScripts.deleteExpiredCompleted, keys: [keys.completed],
            arguments: [.integer(UnixTime.seconds(now)), .string(keys.taskPrefix), .int(limit)])
        return Int(try reply.integer())
    }

    package func expiredLeases(queue: String, cutoff: Date) async throws -> [TaskRun] {
        let keys = RedisKeys(queue: queue)
        let reply = try await client.evaluate(
            BrokerScripts.expiredLeases, keys: [keys.lease, keys.active],
            arguments: [.integer(UnixTime.seconds(cutoff)), .string(keys.taskPrefix), .int(Self.listingLimit)])
        let fields = try reply.array()
        var runs: [TaskRun] = []
        for start in stride(from: 0, to: fields.count - 2, by: 3) {
            let bytes = try fields[start + 1].bytes()
            let message = try await decodedOrQuarantined(bytes, id: fields[start].bytes(), queue: queue)
            guard let message else { continue }
            let owner = try fields[start + 2].string()
            runs.append(TaskRun(message: message, encodedMessage: bytes, owner: owner.isEmpty ? nil : owner))
        }
        return runs
    }

    package func ownedActiveTasks(queue: String) async throws -> [(run: TaskRun, workerID: String)] {
        let keys = RedisKeys(queue: queue)
        let reply = try await client.send("LRANGE", .string(keys.active), .int(-Self.listingLimit), -1)
        let ids = try reply.array().map { (id) throws(RedisError) in try id.bytes() }
        let prefix = Array(keys.taskPrefix.utf8)
        let hashes = try await client.pipeline(
            ids.map { RedisCommand("HMGET", [.bytes(prefix + $0), .string(TaskField.owner), "msg"]) })
        var owned: [(run: TaskRun, workerID: String)] = []
        for (id, hash) in zip(ids, hashes) {
            let fields = try hash.array()
            guard fields.count == 2, let owner = try fields[0].optionalBytes(),
                let bytes = try fields[1].optionalBytes(),
                let message = try? TaskMessage(decoding: bytes), Array(message.id.utf8) == id,
                let workerID = Self.workerID(in: String(decoding: owner, as: UTF8.self))
            else { continue }
            let run = TaskRun(
                message: message, encodedMessage: bytes, owner: String(decoding: owner, as: UTF8.self))
            owned.append((run, workerID))
        }
        return owned
    }

    package func missingWorkers(among workerIDs: Set<String>) async throws -> Set<String> {
        let ids = Array(workerIDs)
        let replies = try await client.pipeline(
            ids.map { RedisCommand("EXISTS", [.string(RedisKeys.liveness(workerID: $0))]) })
        return Set(try zip(ids, replies).filter { try $0.1.integer() == 0 }.map(\.0))
    }

    /// What stands before the last two bars of `<worker id>|<run token>|<digest>`; a host's name may hold bars itself.
    private static func workerID(in owner: String) -> String? {
        guard let digest = owner.lastIndex(of: "|"), let token = owner[..<digest].lastIndex(of: "|") else { return nil }
        return String(owner[..<token])
    }
}
