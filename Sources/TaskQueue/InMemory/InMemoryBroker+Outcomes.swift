package import Foundation

extension InMemoryBroker {
    package func done(_ run: TaskRun) async throws -> OutcomeWrite {
        try change(in: run.message.queue) { try $0.done(run, at: $1) }
    }

    package func complete(_ run: TaskRun) async throws -> OutcomeWrite {
        try change(in: run.message.queue) { try $0.complete(run, at: $1) }
    }

    package func retry(_ run: TaskRun, at date: Date, error: String, isFailure: Bool) async throws -> OutcomeWrite {
        try change(in: run.message.queue) { queue, now in
            try queue.retry(run, at: date, error: error, isFailure: isFailure, now: now)
        }
    }

    package func archive(_ run: TaskRun, error: String) async throws -> OutcomeWrite {
        try change(in: run.message.queue) { try $0.archive(run, error: error, at: $1) }
    }

    package func requeue(_ run: TaskRun) async throws -> OutcomeWrite {
        change(in: run.message.queue) { queue, _ in queue.requeue(run) }
    }

    package func done(_ run: TaskRun, handingOverTo next: TaskMessage) async throws -> OutcomeWrite {
        precondition(next.queue == run.message.queue, "a step hands over within its queue only")
        return try change { state, now in
            state.names.insert(ExactText(next.queue))
            return try state[next.queue].done(run, handingOverTo: next, at: now)
        }
    }

    package func complete(_ run: TaskRun, handingOverTo next: TaskMessage) async throws -> OutcomeWrite {
        precondition(next.queue == run.message.queue, "a step hands over within its queue only")
        return try change(in: next.queue) { try $0.complete(run, handingOverTo: next, at: $1) }
    }

    package func release(_ run: TaskRun, until date: Date) async throws -> OutcomeWrite {
        try change(in: run.message.queue) { try $0.release(run, until: date, at: $1) }
    }

    package func drop(_ run: TaskRun) async throws -> OutcomeWrite {
        change(in: run.message.queue) { $0.drop(run, at: $1) }
    }

    package func rescue(_ run: TaskRun) async throws -> OutcomeWrite {
        change(in: run.message.queue) { $0.rescue(run, at: $1) }
    }

    package func restoreFromPoison(_ run: TaskRun, reason: String) async throws -> OutcomeWrite {
        change(in: run.message.queue) { $0.restoreFromPoison(run, reason: reason, at: $1) }
    }
}
