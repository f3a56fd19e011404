package import Postgres
package import Testing

/// Expectations on statement counts (domain.md 8.1). Each names the statements that were sent when it fails.
extension StatementCounts {
    /// Expects exactly so many statements of the phase.
    package func expectExactly(_ expected: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(phaseCount == expected, "\(list)", sourceLocation: sourceLocation)
    }

    /// Expects so many statements of the phase or fewer.
    package func expectAtMost(_ limit: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(phaseCount <= limit, "\(list)", sourceLocation: sourceLocation)
    }

    /// Expects that everything was loaded by one statement.
    package func expectSingleQuery(sourceLocation: SourceLocation = #_sourceLocation) {
        expectExactly(1, sourceLocation: sourceLocation)
    }

    /// Expects that an operation sent exactly so many statements.
    package func expect(operation: String, _ expected: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(count(operation: operation) == expected, "\(list)", sourceLocation: sourceLocation)
    }

    /// Expects no more statements than a former count and a tolerance.
    package func expectNoRegression(
        from expected: Int, tolerance: Int = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(phaseCount <= expected + tolerance, "\(list)", sourceLocation: sourceLocation)
    }

    /// Expects that the count does not grow with the items by more than is allowed.
    package func expectNoNPlusOne(
        items: Int, fixed: Int, perItem: Double = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            Double(phaseCount) <= Double(fixed) + perItem * Double(items), "\(items) items\n\(list)",
            sourceLocation: sourceLocation)
    }

    /// Expects that each statement of an operation took no longer than a limit; for benchmarks, not for tests.
    package func expect(
        operation: String, within limit: Duration, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let slowest = statements.filter { $0.operation == operation }.map(\.duration).max() ?? .zero
        #expect(slowest <= limit, "\(list)", sourceLocation: sourceLocation)
    }

    /// One line a statement: tag, operation, duration, failure, text.
    package var list: String {
        statements.map { statement in
            let failure = statement.error.map { " failed: \($0)" } ?? ""
            return "\(statement.tag) \(statement.operation) \(statement.duration)\(failure): \(statement.sql)"
        }.joined(separator: "\n")
    }
}
