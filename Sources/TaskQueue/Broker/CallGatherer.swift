import ConcurrencySupport

/// Gathers calls that are made at the same time into one: the first caller yields once, so that others that are ready to
/// run can join it, and then makes the call for all.
///
/// Nobody waits for company: a single caller goes on at once. The gathered call must not depend on the first caller's
/// cancellation (the callers are outcome writes, which are never cancelled).
final class CallGatherer<Item: Sendable, Answer: Sendable>: Sendable {
    private enum Turn: Sendable {
        case lead
        case answered(Result<Answer, any Error>)
    }

    private struct Open {
        var items: [Item] = []
        /// Of all items but the first, whose caller leads.
        var followers: [CheckedContinuation<Turn, Never>] = []
    }

    private let open = LockedValue(Open())

    /// Joins the next call, or makes it.
    ///
    /// - Parameters:
    ///   - item: This caller's part.
    ///   - call: Answers all items, in order; its error goes to every caller.
    /// - Returns: The answer to `item`.
    /// - Throws: The call's error.
    func add(_ item: Item, _ call: ([Item]) async throws -> [Answer]) async throws -> Answer {
        let turn = await withCheckedContinuation { continuation in
            let leads = open.withLock { open in
                open.items.append(item)
                if open.items.count > 1 { open.followers.append(continuation) }
                return open.items.count == 1
            }
            if leads { continuation.resume(returning: Turn.lead) }
        }
        switch turn {
        case .answered(let result): return try result.get()
        case .lead: return try await lead(call)
        }
    }

    private func lead(_ call: ([Item]) async throws -> [Answer]) async throws -> Answer {
        await Task.yield()
        let batch = open.withLock { open in
            defer { open = Open() }
            return open
        }
        do {
            let answers = try await call(batch.items)
            precondition(answers.count == batch.items.count, "a gathered call answers every item")
            for (follower, answer) in zip(batch.followers, answers.dropFirst()) {
                follower.resume(returning: .answered(.success(answer)))
            }
            return answers[0]
        } catch {
            for follower in batch.followers { follower.resume(returning: .answered(.failure(error))) }
            throw error
        }
    }
}
