import Foundation
import Redis
import RedisTestSupport
import TaskQueue
import Testing

/// A call of the broker that changes a key of the queue `default` which somebody made one of another type.
struct Refusal {
    /// The part of the key's name after the queue's prefix.
    let key: String
    let call: () async throws -> Void

    /// Which call, and which of its keys.
    enum Case: String, CaseIterable {
        case createPending, createPendingLocked, createScheduledLocked, createInGroup, createInGroupList, createBatch
        case doneActive, doneLease, doneAloneActive, doneHandingOver, complete, completeHandingOver
        case completeHandingOverPending, retry, archive, requeue, rescue
        case stageSets, stageGroups, finishPending, finishScheduled, giveBackGroup, giveBackGroups
        case forwardPending, forwardGroup, forwardGroups, expiredLeasesActive
    }
}

extension BrokerFixture {
    /// Prepares a call whose key is still as it should be.
    func refusal(_ wanted: Refusal.Case) async throws -> Refusal {
        switch wanted {
        case .createPending, .createPendingLocked, .createScheduledLocked, .createInGroup, .createInGroupList,
            .createBatch:
            creationRefusal(wanted)
        case .stageSets, .stageGroups, .finishPending, .finishScheduled, .giveBackGroup, .giveBackGroups:
            try await groupRefusal(wanted)
        case .forwardPending, .forwardGroup, .forwardGroups, .expiredLeasesActive:
            try await housekeepingRefusal(wanted)
        default: try await outcomeRefusal(wanted)
        }
    }

    private func creationRefusal(_ wanted: Refusal.Case) -> Refusal {
        let locked = message("1", uniqueKey: "asynq:{default}:unique:1")
        let later = TaskPlacement.scheduled(at: clock.now + 60)
        let (broker, plain) = (broker, message("1", group: "g"))
        return switch wanted {
        case .createPendingLocked:
            Refusal(key: "pending") { _ = try await broker.create(locked, placement: .pending, uniqueFor: .seconds(9)) }
        case .createScheduledLocked:
            Refusal(key: "scheduled") { _ = try await broker.create(locked, placement: later, uniqueFor: .seconds(9)) }
        case .createInGroup:
            Refusal(key: "g:g") { _ = try await broker.create(plain, placement: .group("g"), uniqueFor: nil) }
        case .createInGroupList:
            Refusal(key: "groups") { _ = try await broker.create(plain, placement: .group("g"), uniqueFor: nil) }
        case .createBatch:
            Refusal(key: "pending") {
                let batch = [(message: plain, placement: TaskPlacement.pending, uniqueFor: Duration?.none)]
                _ = try await broker.create(batch: batch)
            }
        default:
            Refusal(key: "pending") { _ = try await broker.create(plain, placement: .pending, uniqueFor: nil) }
        }
    }

    private func outcomeRefusal(_ wanted: Refusal.Case) async throws -> Refusal {
        let lock = wanted == .doneAloneActive ? "asynq:{default}:unique:1" : ""
        let run = try await running(message("1", retention: 60, uniqueKey: lock), uniqueFor: .seconds(900)).run
        let (broker, next, later) = (broker, message("2"), clock.now + 60)
        return switch wanted {
        case .doneLease: Refusal(key: "lease") { _ = try await broker.done(run) }
        case .doneHandingOver: Refusal(key: "pending") { _ = try await broker.done(run, handingOverTo: next) }
        case .complete: Refusal(key: "completed") { _ = try await broker.complete(run) }
        case .completeHandingOver: Refusal(key: "completed") { _ = try await broker.complete(run, handingOverTo: next) }
        case .completeHandingOverPending:
            Refusal(key: "pending") { _ = try await broker.complete(run, handingOverTo: next) }
        case .retry:
            Refusal(key: "retry") { _ = try await broker.retry(run, at: later, error: "x", isFailure: true) }
        case .archive: Refusal(key: "archived") { _ = try await broker.archive(run, error: "x") }
        case .requeue: Refusal(key: "pending") { _ = try await broker.requeue(run) }
        case .rescue: Refusal(key: "pending") { _ = try await broker.rescue(run) }
        default: Refusal(key: "active") { _ = try await broker.done(run) }
        }
    }

    private func groupRefusal(_ wanted: Refusal.Case) async throws -> Refusal {
        try await addGroup([("1", 9), ("2", 8)])
        let broker = broker
        if wanted == .stageSets || wanted == .stageGroups {
            return Refusal(key: wanted == .stageSets ? "aggregation_sets" : "groups") {
                _ = try await broker.stageGroup("g", in: "default", limits: .init(maxSize: 2))
            }
        }
        let set = try await staged()
        let members = try await broker.members(of: set)
        let joined = message(set.id)
        switch wanted {
        case .finishPending, .finishScheduled:
            let placement = wanted == .finishPending ? TaskPlacement.pending : .scheduled(at: clock.now + 60)
            return Refusal(key: wanted == .finishPending ? "pending" : "scheduled") {
                _ = try await broker.finish(set, members: members, as: joined, placement: placement, uniqueFor: nil)
            }
        default:
            // More than a part of members that are gone, so that something is changed before the group is.
            let gone = (0..<1000).flatMap { [RedisArgument.int($0), .string("gone\($0)")] }
            let key = RedisArgument.string("asynq:{default}:g:g:\(set.id)")
            _ = try await redis.client.send(RedisCommand("ZADD", [key] + gone))
            return Refusal(key: wanted == .giveBackGroup ? "g:g" : "groups") { try await broker.giveBack(set) }
        }
    }

    private func housekeepingRefusal(_ wanted: Refusal.Case) async throws -> Refusal {
        let broker = broker
        guard wanted != .expiredLeasesActive else {
            _ = try await send("ZADD", "asynq:{default}:lease", 1, "gone")
            let cutoff = clock.now
            return Refusal(key: "active") { _ = try await broker.expiredLeases(queue: "default", cutoff: cutoff) }
        }
        let group = wanted == .forwardPending ? "" : "g"
        for id in ["1", "2"] {
            _ = try await broker.create(
                message(id, group: group), placement: .scheduled(at: clock.now + 1), uniqueFor: nil)
        }
        clock.advance(by: 5)
        let keys: [Refusal.Case: String] = [.forwardPending: "pending", .forwardGroup: "g:g"]
        return Refusal(key: keys[wanted] ?? "groups") { _ = try await broker.forward(queue: "default") }
    }
}
