import ConcurrencySupport

/// Which budget a statement counts against.
package enum StatementTag: String, Sendable, CaseIterable {
    /// The phase's own budget: 3, 3 and 2 (domain.md 8.1).
    case phase
    /// Loading a hospital's vocabulary, holidays and settings.
    case context
    /// Recording a failure or a cancel after a roll-back.
    case ledger
    /// A `FETCH` from a cursor, whose `DECLARE` was counted.
    case fetch
}

/// One statement that was sent.
package struct StatementRecord: Sendable {
    /// The budget it counts against.
    package let tag: StatementTag
    /// What the caller was doing.
    package let operation: String
    /// The text with white space collapsed, cut at 120 characters.
    ///
    /// Values are never in it.
    package let sql: String
    /// How long the caller waited for the answer, waiting for a connection not included.
    package let duration: Duration
    /// The failure, `nil` for success.
    ///
    /// A failed statement counts.
    package let error: PostgresError?
}

/// The statements of one phase of one run.
package struct StatementCounts: Sendable {
    /// The run, usually the task's id.
    package let run: String
    /// `ods`, `amion` or `coverage`.
    package let phase: String
    /// Every statement, in the order of its end.
    package internal(set) var statements: [StatementRecord] = []

    /// How many statements count against the phase's own budget.
    package var phaseCount: Int { count(.phase) }

    /// How many statements carry a tag.
    package func count(_ tag: StatementTag) -> Int {
        statements.count { $0.tag == tag }
    }

    /// How many statements an operation sent under a tag.
    package func count(operation: String, tag: StatementTag = .phase) -> Int {
        statements.count { $0.operation == operation && $0.tag == tag }
    }
}

/// Counts the statements of one phase of one run (domain.md 8.1).
///
/// The counter travels as a task-local value, so parallel runs never see each other's statements. It counts what goes
/// through ``PostgresPool/query(_:operation:)`` and ``PostgresTransaction/query(_:operation:)``, in child tasks too.
/// Of nested counters only the innermost counts.
package final class StatementCounter: Sendable {
    @TaskLocal private static var current: StatementCounter?
    @TaskLocal private static var tag = StatementTag.phase

    private let state: LockedValue<StatementCounts>

    /// Makes a counter that has counted nothing.
    package init(run: String, phase: String) {
        state = LockedValue(StatementCounts(run: run, phase: phase))
    }

    /// What was counted so far; also valid after the body has thrown.
    package var counts: StatementCounts { state.withLock { $0 } }

    /// Runs `body` and counts its statements.
    package func counting<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        try await Self.$current.withValue(self, operation: body)
    }

    /// Runs `body` with a counter of its own.
    ///
    /// - Parameters:
    ///   - run: The run, usually the task's id.
    ///   - phase: `ods`, `amion` or `coverage`.
    ///   - body: What to count.
    /// - Returns: The body's value and what was counted. To have the counts of a body that throws, make a counter first.
    /// - Throws: What `body` throws.
    package static func counting<Value>(
        run: String, phase: String, _ body: () async throws -> Value
    ) async rethrows -> (Value, StatementCounts) {
        let counter = StatementCounter(run: run, phase: phase)
        let value = try await counter.counting(body)
        return (value, counter.counts)
    }

    /// Runs `body`, its statements counting against another budget.
    package static func withTag<Value>(
        _ tag: StatementTag, _ body: () async throws -> Value
    ) async rethrows -> Value {
        try await $tag.withValue(tag, operation: body)
    }

    /// Notes `count` statements under the current counter, if there is one.
    static func record(_ sql: String, count: Int = 1, operation: String, duration: Duration, error: PostgresError?) {
        guard let current, count > 0 else { return }
        let text = String(sql.trimmedLine.prefix(textLimit))
        let keyword = text.prefix { $0.isLetter }.uppercased()
        guard !uncountedKeywords.contains(keyword) else { return }
        let record = StatementRecord(
            tag: keyword == "FETCH" ? .fetch : tag, operation: operation, sql: text, duration: duration, error: error)
        current.state.withLock { $0.statements.append(contentsOf: repeatElement(record, count: count)) }
    }

    private static let textLimit = 120
    private static let uncountedKeywords: Set<String> = [
        "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET", "PREPARE", "DEALLOCATE", "CLOSE",
        "LISTEN", "UNLISTEN", "NOTIFY",
    ]
}
