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
    ///   - call: Answers each item, in order, with a result of its own; what it throws itself goes to every caller.
    /// - Returns: The answer to `item`.
    /// - Throws: The error that is `item`'s result, or the call's.
    func add(_ item: Item, _ call: ([Item]) async throws -> [Result<Answer, any Error>]) async throws -> Answer {
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

    private func lead(_ call: ([Item]) async throws -> [Result<Answer, any Error>]) async throws -> Answer {
        await Task.yield()
        let batch = open.withLock { open in
            defer { open = Open() }
            return open
        }
        var answers: [Result<Answer, any Error>]
        do {
            answers = try await call(batch.items)
            precondition(answers.count == batch.items.count, "a gathered call answers every item")
        } catch {
            answers = batch.items.map { _ in .failure(error) }
        }
        for (follower, answer) in zip(batch.followers, answers.dropFirst()) {
            follower.resume(returning: .answered(answer))
        }
        return try answers[0].get()
    }
}
