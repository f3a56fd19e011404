import Redis
import TaskQueue

extension GoLayout {
    /// How many tasks one script call writes, so that it does not hold up the other tests' store.
    private static let filledAtOnce = 2000

    /// Puts many tasks into a state, `t000000` (or that of `first`) and on, each `step` seconds later than the one before, from
    /// `score` on.
    ///
    /// The messages are all one and the same but for the id.
    func fill(
        _ state: TaskState, count: Int, score: Int = moment, step: Int = 0, group: String = "g", first: Int = 0
    ) async throws {
        let template = message("t000000", state, group: group)
        let start = template.firstIndex(of: UInt8(ascii: "t"), followedBy: "000000")
        let end = first + count
        for part in stride(from: first, to: end, by: Self.filledAtOnce) {
            try await client.evaluate(
                Self.fill, keys: [],
                arguments: [
                    .string(prefix), .string(state.rawValue), .int(min(Self.filledAtOnce, end - part)), .int(score),
                    .int(step), .bytes(Array(template[..<start])), .bytes(Array(template[(start + 7)...])),
                    .string(group), .string(queue), .int(part),
                ])
        }
    }

    private static let fill = LuaScript(
        name: "fill",
        """
        local prefix, state, group = ARGV[1], ARGV[2], ARGV[8]
        redis.call('SADD', 'asynq:queues', ARGV[9])
        if state == 'aggregating' then redis.call('SADD', prefix .. 'groups', group) end
        for i = tonumber(ARGV[10]), tonumber(ARGV[10]) + tonumber(ARGV[3]) - 1 do
          local id = string.format('t%06d', i)
          redis.call('HSET', prefix .. 't:' .. id, 'msg', ARGV[6] .. id .. ARGV[7], 'state', state)
          local key = prefix .. (state == 'aggregating' and 'g:' .. group or state)
          if state == 'pending' then
            redis.call('LPUSH', key, id)
          else
            redis.call('ZADD', key, tonumber(ARGV[4]) + i * tonumber(ARGV[5]), id)
          end
        end
        return 1
        """)
}

extension [UInt8] {
    /// Where a byte stands that a text follows.
    fileprivate func firstIndex(of byte: UInt8, followedBy text: String) -> Int {
        let wanted = [byte] + Array(text.utf8)
        return indices.first { self[$0...].starts(with: wanted) } ?? startIndex
    }
}
