public import Foundation
import Redis

extension TaskInspector {
    /// Has a scheduled, retrying or pending task run at another moment; a pending one becomes scheduled.
    ///
    /// Its expiry stays as it is; a moment that is not before it is refused, since the task would be dropped then. The unique
    /// lock of a scheduled or pending task lives on for as much longer or shorter, 1 s at least; that of a retrying
    /// one stays as it is.
    ///
    /// - Parameters:
    ///   - id: The task's id.
    ///   - queue: The queue's name.
    ///   - date: When; rounded up to a whole second. A moment that is not after now means at once.
    /// - Throws: ``InspectorError`` with `wrongState` for a task of another state, such as a running one, or one that would
    ///   have expired, else as its other codes say; then nothing was changed.
    public func reschedule(_ id: String, in queue: String, to date: Date) async throws {
        let task = try await stored(id, in: queue)
        let keys = RedisKeys(queue: queue)
        let moment = now()
        let reply = try await client.evaluate(
            PerTaskScripts.reschedule,
            keys: [keys.task(id), keys.pending, keys.scheduled, keys.retry]
                + Self.reachable(task.message.uniqueKey, keys),
            arguments: [
                .string(id), .integer(UnixTime.secondsRoundedUp(max(date, moment))),
                .integer(UnixTime.seconds(moment)),
            ])
        switch try reply.string() {
        case "ok": return
        case "missing": throw InspectorError(.taskNotFound, "task not found: \"\(id)\" in queue \"\(queue)\"")
        case "expires": throw Self.refused("rescheduled", id, queue, because: "it would expire before that moment")
        case "moved": throw Self.refused("rescheduled", id, queue, because: "it has just changed; try again")
        case let state: throw Self.refused("rescheduled", id, queue, because: "it is \(state)")
        }
    }

    /// Gives a scheduled, retrying or pending task another payload.
    ///
    /// ``updatePayload(of:in:to:)`` keeps asynq's rule and takes scheduled ones only. As there the unique lock stays the one of
    /// the old payload.
    ///
    /// - Parameters:
    ///   - id: The task's id.
    ///   - queue: The queue's name.
    ///   - payload: What its handler gets.
    /// - Throws: ``InspectorError`` with `wrongState` for a task of another state, such as a running one, else as its other
    ///   codes say; then nothing was changed.
    public func replacePayload(of id: String, in queue: String, with payload: [UInt8]) async throws {
        try await replacePayload(of: id, in: queue, with: payload, ofType: nil)
    }

    /// Gives a scheduled, retrying or pending task another typed payload.
    ///
    /// - Parameters:
    ///   - id: The task's id.
    ///   - queue: The queue's name.
    ///   - payload: What its handler gets.
    /// - Throws: As ``replacePayload(of:in:with:)-(_,_,[UInt8])``, ``InspectorError`` with `invalidArgument` for a task of
    ///   another type, and ``EnqueueError`` with `invalidPayload`.
    public func replacePayload<Payload: TaskPayload>(
        of id: String, in queue: String, with payload: Payload
    ) async throws {
        let task = try QueueTask(payload)
        try await replacePayload(of: id, in: queue, with: task.payload ?? [], ofType: task.type)
    }

    private func replacePayload(of id: String, in queue: String, with payload: [UInt8], ofType type: String?)
        async throws
    {
        let verb = "given another payload"
        for _ in 1...Self.mostAttempts {
            let task = try await stored(id, in: queue)
            guard [.pending, .scheduled, .retry].contains(task.state) else {
                throw Self.refused(verb, id, queue, because: "it is \(task.state.rawValue)")
            }
            if let type, type != task.message.type {
                throw InspectorError(
                    .invalidArgument, "task \"\(id)\" in queue \"\(queue)\" is of type \"\(task.message.type)\"")
            }
            var message = task.message
            message.payload = payload
            let reply = try await client.evaluate(
                PerTaskScripts.replaceMessage, keys: [RedisKeys(queue: queue).task(id)],
                arguments: [.string(task.state.rawValue), .bytes(task.encodedMessage), .bytes(try message.encoded())])
            if try reply.string() == "ok" { return }
        }
        throw Self.refused(verb, id, queue, because: "it keeps changing; try again")
    }
}

/// The scripts of this file.
enum PerTaskScripts {
    /// Gives a waiting task another moment.
    ///
    /// KEYS[1] `…:t:<id>` (HASH) · KEYS[2] `…:pending` (LIST) · KEYS[3] `…:scheduled` · KEYS[4] `…:retry` (ZSET) · KEYS[5] the
    /// unique lock of its message (STRING), if it has one
    /// ARGV[1] id · ARGV[2] the moment, Unix seconds, not before ARGV[3] · ARGV[3] now, Unix seconds
    ///
    /// Returns `ok`, `missing`, `moved` when the state's container does not hold it, `expires` for a task that no worker has
    /// taken yet and that would be dropped, or the state that forbids it. Source: ours.
    static let reschedule = LuaScript(
        name: "reschedule",
        BrokerScripts.adding + """
            local found = redis.call('HMGET', KEYS[1], 'state', '\(TaskField.options)', '\(TaskField.deliveries)')
            local state = found[1]
            if not state then return 'missing' end
            local expiry = tonumber(string.match(found[2] or '', '^1;.-e=(%-?%d+);') or '')
            local isNew = not found[3] and (state == 'pending' or state == 'scheduled')
            if isNew and expiry and expiry <= tonumber(ARGV[2]) then return 'expires' end
            local before = ARGV[3]
            if state == 'pending' then
              -- Refused here, before anything is changed, where the key is of another type.
              redis.call('ZCARD', KEYS[3])
              if redis.call('LREM', KEYS[2], 1, ARGV[1]) == 0 then return 'moved' end
              redis.call('HSET', KEYS[1], 'state', 'scheduled')
              redis.call('HDEL', KEYS[1], 'pending_since')
            elseif state == 'scheduled' or state == 'retry' then
              before = redis.call('ZSCORE', state == 'retry' and KEYS[4] or KEYS[3], ARGV[1])
              if not before then return 'moved' end
            else
              return state
            end
            if state == 'retry' then
              redis.call('ZADD', KEYS[4], ARGV[2], ARGV[1])
              -- Whoever moves due tasks looks at both sets.
              if redis.call('ZRANK', KEYS[4], ARGV[1]) == 0 then
                redis.call('PUBLISH', '\(RedisKeys.wakeChannel)', KEYS[3])
              end
              return 'ok'
            end
            add_scheduled(KEYS[3], ARGV[2], ARGV[1])
            if KEYS[5] and redis.call('TYPE', KEYS[5]).ok == 'string' and redis.call('GET', KEYS[5]) == ARGV[1] then
              local life = redis.call('TTL', KEYS[5])
              if life >= 0 then
                redis.call('EXPIRE', KEYS[5], math.max(1, math.ceil(life + ARGV[2] - before)))
              end
            end
            return 'ok'
            """)

    /// Replaces a waiting task's message.
    ///
    /// KEYS[1] `…:t:<id>` (HASH)
    /// ARGV[1] the state that was read · ARGV[2] the message that was read · ARGV[3] its replacement
    ///
    /// Returns `ok`, or `moved` when the task has changed since it was read. Source: ours, after asynq `inspect.go`,
    /// `updateTaskPayloadCmd`.
    static let replaceMessage = LuaScript(
        name: "replace message",
        """
        local found = redis.call('HMGET', KEYS[1], 'state', 'msg')
        if found[1] ~= ARGV[1] or found[2] ~= ARGV[2] then return 'moved' end
        redis.call('HSET', KEYS[1], 'msg', ARGV[3])
        return 'ok'
        """)
}
