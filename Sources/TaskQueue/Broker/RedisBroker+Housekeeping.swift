package import Foundation
import Redis

extension RedisBroker {
    /// How many expired leases one call reads; the oldest come first, the rest with the next call.
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
        var count = 0
        var failure: RedisError?
        for reply in moved {
            do throws(RedisError) { count += Int(try reply.integer()) } catch { failure = failure ?? error }
        }
        // What one of the two sets gives must not be kept by the other; the next call meets the error again.
        if let failure, count == 0 { throw failure }
        return count
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
        try await giveLostLeases(in: queue)
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
}
