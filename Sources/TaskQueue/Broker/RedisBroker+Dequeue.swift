import ConcurrencySupport
import Foundation
import Logging
import Redis
import Synchronization

extension RedisBroker {
    /// Takes up to 16 tasks.
    ///
    /// One queue costs one round trip. Of several only those are asked that are believed to have tasks, those that share the
    /// attempt in one round trip; what is believed comes from one look at all lengths, repeated after 50 ms and whenever no
    /// task was found. A call that is cancelled may have taken tasks all the same; they come back when their lease ends.
    ///
    /// A queue that Redis refuses is left out for a second, so that it does not slow the others. One that is asked for alone
    /// throws, unless there are rooms: then others may be full only for now.
    package func dequeue(_ plan: DequeuePlan, worker: WorkerIdentity) async throws -> DequeueResult {
        var plan = plan
        plan.limit = min(plan.limit, Self.maxDequeueCount)
        guard plan.limit > 0, !plan.queues.isEmpty else { return DequeueResult() }
        if plan.isOnlyQueue { return try await takeAlone(plan, worker: worker) }
        let moment = now
        plan.queues = brokenQueues.withLock { broken in plan.queues.filter { !broken.holds($0, at: moment) } }
        guard plan.queues.count > 1 else { return try await take(plan, from: plan.queues, worker: worker) }
        var order = believedFull.withLock { $0.queues(among: plan.queues, at: .now) }
        let isFresh = order == nil
        if isFresh { order = try await nonEmpty(among: plan.queues) }
        let result = try await take(plan, from: order ?? [], worker: worker)
        guard result.tasks.isEmpty, !isFresh else { return result }
        let others = try await nonEmpty(among: plan.queues.filter { result.holds[$0] == nil })
        let second = try await take(plan, from: others, worker: worker)
        return DequeueResult(tasks: second.tasks, holds: result.holds.merging(second.holds) { $1 })
    }

    /// Takes from the only queue there is.
    private func takeAlone(_ plan: DequeuePlan, worker: WorkerIdentity) async throws -> DequeueResult {
        var result = DequeueResult()
        for queue in plan.queues {
            for answer in await ask([(queue, plan.limit)], worker: worker) {
                let found = try await read(answer, queue: queue)
                result.tasks += found.tasks
                if let hold = found.hold { result.holds[queue] = hold }
            }
        }
        return result
    }

    private func take(_ plan: DequeuePlan, from queues: [String], worker: WorkerIdentity) async throws -> DequeueResult
    {
        var plan = plan
        var result = DequeueResult()
        var taken: [String: Int] = [:]
        var open = queues
        var failure: (any Error)?
        while true {
            let portions = plan.portions(among: open, taken: taken)
            if portions.isEmpty { break }
            var closed: Set<String> = []
            var counts: [String: Int] = [:]
            for (portion, answer) in zip(portions, await ask(portions, worker: worker)) {
                do {
                    let found = try await read(answer, queue: portion.queue)
                    result.tasks += found.tasks
                    counts[portion.queue] = found.tasks.count
                    if let hold = found.hold { result.holds[portion.queue] = hold }
                    guard found.hold != nil || found.tasks.count < portion.count else { continue }
                    closed.insert(portion.queue)
                    if found.hold == nil { believedFull.withLock { $0.isEmpty(portion.queue) } }
                } catch {
                    do {
                        try leaveOutForAWhile(portion.queue, because: error)
                        closed.insert(portion.queue)
                    } catch {
                        failure = failure ?? error
                        closed.formUnion(open)
                    }
                }
            }
            plan.shares?.took(counts)
            taken.merge(counts, uniquingKeysWith: +)
            open.removeAll(where: closed.contains)
        }
        guard let failure else { return result }
        guard !result.tasks.isEmpty else { throw failure }
        // What was taken must be run; the next call meets the error again.
        brokenQueueLog.run { logger.warning("taking tasks failed", metadata: ["error": "\(failure)"]) }
        return result
    }

    /// Leaves a queue out of the next dequeues, so that the others' are not slowed by it.
    private func leaveOutForAWhile(_ queue: String, because error: any Error) throws {
        try leaveOut(queue, because: error)
        let moment = now
        brokenQueues.withLock { $0.note(queue, at: moment) }
    }

    /// What the store answered to one call, and what it takes to read it.
    private struct Answer {
        let reply: Result<RedisReply, any Error>
        let token: String
        let moment: Int64
    }

    /// Asks each queue for its portion, all in one round trip.
    private func ask(_ portions: [(queue: String, count: Int)], worker: WorkerIdentity) async -> [Answer] {
        let moment = UnixTime.seconds(now)
        // Unique, because no other process has this worker's id.
        let tokens = portions.map { _ in
            "\(worker.id)|\(Self.nextRun.wrappingAdd(1, ordering: .relaxed).newValue)"
        }
        let calls = zip(portions, tokens).map { portion, token in
            let keys = RedisKeys(queue: portion.queue)
            let arguments: [RedisArgument] = [
                .int(portion.count), .integer(moment + Self.leaseSeconds), .string(keys.taskPrefix), .string(token),
                .integer(moment),
            ]
            let names = [keys.pending, keys.paused, keys.active, keys.lease, keys.limits, keys.rateArrival]
            return (keys: names, arguments: arguments)
        }
        let replies: [Result<RedisReply, any Error>]
        do {
            if let call = calls.first, calls.count == 1 {
                let reply = try await client.evaluate(
                    BrokerScripts.dequeue, keys: call.keys, arguments: call.arguments)
                replies = [.success(reply)]
            } else {
                replies = try await client.evaluate(BrokerScripts.dequeue, batch: calls).map { .success($0) }
            }
        } catch {
            replies = calls.map { _ in .failure(error) }
        }
        return zip(replies, tokens).map { Answer(reply: $0, token: $1, moment: moment) }
    }

    private func read(_ answer: Answer, queue: String) async throws -> (tasks: [DequeuedTask], hold: QueueHold?) {
        let reply = try answer.reply.get()
        if case .error(let text) = reply { throw RedisError(.commandRejected, text) }
        let fields = try reply.array()
        var taken: [DequeuedTask] = []
        taken.reserveCapacity(fields.count / 5)
        for start in stride(from: 0, to: fields.count - 4, by: 5) {
            let bytes = try fields[start + 1].bytes()
            let message = try await decodedOrQuarantined(bytes, id: fields[start].bytes(), queue: queue)
            guard let message else { continue }
            taken.append(
                DequeuedTask(
                    run: TaskRun(message: message, encodedMessage: bytes, owner: "\(answer.token).\(start / 5 + 1)"),
                    leaseExpiresAt: Date(timeIntervalSince1970: Double(answer.moment + Self.leaseSeconds)),
                    deliveries: Int(try fields[start + 2].integer()),
                    crashes: Crashes(try fields[start + 3].optionalBytes()).count(atUnixSeconds: answer.moment),
                    options: StoredOptions(try fields[start + 4].optionalBytes())))
        }
        guard fields.count % 5 == 2 else { return (taken, nil) }
        tell(ofBroken: try fields[fields.count - 1].string(), queue)
        switch try fields[fields.count - 2].integer() {
        case 0: return (taken, nil)
        case let wait where wait > 0: return (taken, .rated(.microseconds(wait)))
        default: return (taken, .full)
        }
    }

    private func tell(ofBroken limit: String, _ queue: String) {
        guard !limit.isEmpty else { return }
        brokenLimitLog.run {
            logger.error(
                "a limit of a queue cannot be read and counts as none; set it again or lift it",
                metadata: [
                    "queue": "\(queue)", "limit": "\(limit)", "key": "\(RedisKeys(queue: queue).limits)",
                ])
        }
    }

    /// The queues that have pending tasks, in the given order, by a look at each.
    private func nonEmpty(among queues: [String]) async throws -> [String] {
        let began = ContinuousClock.now
        let commands = queues.map { RedisCommand("LLEN", [.string(RedisKeys(queue: $0).pending)]) }
        let lengths = try await client.pipeline(commands)
        var full: [String] = []
        for (queue, length) in zip(queues, lengths) {
            do { if try length.integer() > 0 { full.append(queue) } } catch {
                try leaveOutForAWhile(queue, because: error)
            }
        }
        believedFull.withLock { $0.looked(at: queues, full: full, began: began) }
        return full
    }
}
