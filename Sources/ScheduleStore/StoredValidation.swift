import ScheduleModel

/// A report as it is stored and shown: `{"messages":[…],"context":{…}}` (domain 4.1).
///
/// Its counts stay exact when messages were truncated, so that "can this be promoted" never depends on the cut.
struct StoredValidation: Encodable {
    private let report: ValidationReport
    private let counters: RowCounters?

    /// Wraps a report.
    ///
    /// - Parameters:
    ///   - report: What was found.
    ///   - counters: Rows by fate, for a phase that reads rows.
    init(_ report: ValidationReport, counters: RowCounters? = nil) {
        self.report = report
        self.counters = counters
    }

    private enum CodingKeys: String, CodingKey {
        case messages, context
    }

    private enum ContextKeys: String, CodingKey {
        case counts, rows
        case errorCount = "error_count"
        case warningCount = "warning_count"
        case infoCount = "info_count"
        case canImport = "can_import"
        case canPromote = "can_promote"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(report.finished, forKey: .messages)
        var context = container.nestedContainer(keyedBy: ContextKeys.self, forKey: .context)
        try context.encode(report.severityCounts[.error, default: 0], forKey: .errorCount)
        try context.encode(report.severityCounts[.warning, default: 0], forKey: .warningCount)
        try context.encode(report.severityCounts[.info, default: 0], forKey: .infoCount)
        try context.encode(report.canImport, forKey: .canImport)
        try context.encode(report.canPromote, forKey: .canPromote)
        try context.encode(report.countsByName, forKey: .counts)
        try context.encodeIfPresent(counters, forKey: .rows)
    }
}
