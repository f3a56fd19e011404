import Foundation
import Logging
import Redis

extension RedisBroker {
    /// How many members one round trip reads.
    private static let memberPage = 500
    /// How many stale sets one call puts back; the oldest come first, the rest with the next call.
    private static let reclaimLimit = 1000

    package func groups(in queue: String) async throws -> Set<String> {
        let names = try await client.send("SMEMBERS", .string(RedisKeys(queue: queue).groups)).array()
        return Set(try names.map { (name) throws(RedisError) in try name.string() })
    }

    package func stageGroup(
        _ group: String, in queue: String, limits: GroupAggregation.Limits
    ) async throws -> StagedSet? {
        let keys = RedisKeys(queue: queue)
        let id = UUID().uuidString.lowercased()
        let moment = UnixTime.seconds(now)
        let deadline = moment + StagedSet.lifeSeconds
        let reply = try await client.evaluate(
            BrokerScripts.stageGroup,
            keys: [keys.group(group), keys.aggregationSet(group: group, set: id), keys.aggregationSets, keys.groups],
            arguments: [
                .int(limits.maxSize ?? 0), .integer(limits.maxDelay?.secondsRoundedUp ?? 0),
                .integer(limits.gracePeriod.secondsRoundedUp), .integer(deadline), .integer(moment), .string(group),
            ])
        guard try reply.integer() == 1 else { return nil }
        return StagedSet(
            queue: queue, group: group, id: id, deadline: Date(timeIntervalSince1970: Double(deadline)))
    }

    package func members(of set: StagedSet) async throws -> [TaskMessage] {
        let keys = RedisKeys(queue: set.queue)
        let setKey = keys.aggregationSet(group: set.group, set: set.id)
        let ids = try await client.send("ZRANGE", .string(setKey), 0, -1).array().map { (id) throws(RedisError) in
            try id.bytes()
        }
        var members: [TaskMessage] = []
        for start in stride(from: 0, to: ids.count, by: Self.memberPage) {
            members += try await self.members(ids[start..<min(start + Self.memberPage, ids.count)], of: set, keys)
        }
        return members
    }

    package func finish(
        _ set: StagedSet, members: [TaskMessage], as task: TaskMessage, placement: TaskPlacement, uniqueFor: Duration?
    ) async throws -> SetOutcome {
        try await list(queues: [set.queue])
        let keys = RedisKeys(queue: set.queue)
        let place = Place(placement, message: task, keys: keys, now: now)
        let life = task.uniqueKey.isEmpty ? nil : uniqueFor
        let locking = members.filter { !$0.uniqueKey.isEmpty }
        var names = [
            keys.aggregationSet(group: set.group, set: set.id), keys.aggregationSets, keys.task(task.id),
            place.container,
        ]
        if life != nil { names.append(task.uniqueKey) }
        names += locking.map(\.uniqueKey)
        var arguments: [RedisArgument] = [
            .string(keys.taskPrefix), .string(task.id), .bytes(try task.encoded()), .string(place.state.rawValue),
            .integer(place.position),
            .integer(life.map { Self.lockSeconds($0, placement: placement, now: now) } ?? 0), .int(members.count),
        ]
        arguments += members.map { .string($0.id) } + locking.map { .string($0.id) }
        let reply = try await client.evaluate(BrokerScripts.finishSet, keys: names, arguments: arguments)
        return switch try reply.integer() {
        case 1: .joined
        case -1: .duplicate
        case -2: .taskIDConflict
        default: .superseded
        }
    }

    package func giveBack(_ set: StagedSet) async throws {
        let keys = RedisKeys(queue: set.queue)
        let setKey = keys.aggregationSet(group: set.group, set: set.id)
        let call = Self.reclaim(setKey, group: set.group, keys, upTo: "")
        try await client.evaluate(BrokerScripts.reclaimSet, keys: call.keys, arguments: call.arguments)
    }

    package func reclaimStaleSets(in queue: String) async throws -> Int {
        let keys = RedisKeys(queue: queue)
        let moment = UnixTime.seconds(now)
        let stale = try await client.send(
            "ZRANGE", .string(keys.aggregationSets), "-inf", .integer(moment), "BYSCORE", "LIMIT", 0,
            .int(Self.reclaimLimit)
        ).array().map { (key) throws(RedisError) in try key.bytes() }
        var calls: [(keys: [String], arguments: [RedisArgument])] = []
        for bytes in stale {
            if let set = keys.stagedSet(bytes) {
                calls.append(Self.reclaim(set.key, group: set.group, keys, upTo: .integer(moment)))
            } else {
                logger.error(
                    "a registered aggregation set has no name that asynq gives; its registration was removed",
                    metadata: ["queue": "\(queue)", "set": "\(String(decoding: bytes, as: UTF8.self))"])
                try await client.send("ZREM", .string(keys.aggregationSets), .bytes(bytes))
            }
        }
        guard !calls.isEmpty else { return 0 }
        // One set that Redis refuses, such as a key of another type, must not keep the others.
        var reclaimed = 0
        for (call, reply) in zip(calls, try await client.evaluate(BrokerScripts.reclaimSet, batch: calls)) {
            do { reclaimed += try reply.integer() >= 0 ? 1 : 0 } catch {
                logger.error(
                    "an aggregation set cannot be put back; look at its key",
                    metadata: ["queue": "\(queue)", "set": "\(call.keys[0])", "error": "\(error)"])
            }
        }
        return reclaimed
    }

    private static func reclaim(
        _ setKey: String, group: String, _ keys: RedisKeys, upTo deadline: RedisArgument
    ) -> (keys: [String], arguments: [RedisArgument]) {
        (
            [setKey, keys.aggregationSets, keys.group(group), keys.groups],
            [.string(keys.taskPrefix), .string(group), deadline]
        )
    }

    /// The messages of some members; members that cannot be joined are taken out of the set.
    private func members(
        _ ids: ArraySlice<[UInt8]>, of set: StagedSet, _ keys: RedisKeys
    ) async throws -> [TaskMessage] {
        let setKey = keys.aggregationSet(group: set.group, set: set.id)
        let prefix = Array(keys.taskPrefix.utf8)
        let hashes = try await client.pipeline(
            ids.map { RedisCommand("HMGET", [.bytes(prefix + $0), "state", "msg"]) })
        var members: [TaskMessage] = []
        var gone: [RedisArgument] = []
        for (id, hash) in zip(ids, hashes) {
            guard let fields = try? hash.array(), fields.count == 2,
                fields[0] == .bulk(Array(TaskState.aggregating.rawValue.utf8)),
                let bytes = try fields[1].optionalBytes()
            else {
                gone.append(.bytes(id))
                continue
            }
            guard let message = try? TaskMessage(decoding: bytes), Array(message.id.utf8) == id,
                message.queue.utf8.elementsEqual(set.queue.utf8)
            else {
                try await setAside(id, bytes, setKey: setKey, keys)
                continue
            }
            members.append(message)
        }
        if !gone.isEmpty { try await client.send(RedisCommand("ZREM", [.string(setKey)] + gone)) }
        return members
    }

    private func setAside(_ id: [UInt8], _ bytes: [UInt8], setKey: String, _ keys: RedisKeys) async throws {
        let name = String(decoding: id, as: UTF8.self)
        try await client.evaluate(
            BrokerScripts.quarantineMember, keys: [setKey, keys.quarantine, keys.task(name)],
            arguments: [.bytes(id), .bytes(bytes)])
        logger.error(
            "a task of a group was set aside: its message cannot be read; look at it and delete it, or enqueue it anew",
            metadata: ["set": "\(setKey)", "task-id": "\(name)", "quarantine": "\(keys.quarantine)"])
    }
}
