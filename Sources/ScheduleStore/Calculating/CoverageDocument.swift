import Coverage
import Postgres
import ScheduleModel

/// A calculation in the form it is stored in (domain 6.2).
struct CoverageDocument {
    /// The calculation.
    let result: CoverageResult
    /// How many slots it is about.
    let slotCount: Int
    /// `coverage_by_position`.
    let byPosition: PostgresJSON
    /// `coverage_summary`.
    let summary: PostgresJSON
    /// `validation_errors`.
    let validation: PostgresJSON
    /// `overall_percentage`, exact to two decimals.
    let percentage: PostgresNumeric
    /// What the ledger keeps.
    let ledgerResult: PostgresJSON

    /// Encodes a calculation.
    ///
    /// - Parameters:
    ///   - result: The calculation.
    ///   - ledgerResult: What the ledger keeps, JSON.
    /// - Throws: `EncodingError`.
    init(_ result: CoverageResult, ledgerResult: [UInt8]) throws {
        self.result = result
        self.ledgerResult = PostgresJSON(ledgerResult)
        slotCount = result.statusCounts.values.reduce(0, +)
        byPosition = try StoredJSON.encode(result.byPosition)
        summary = try StoredJSON.encode(Summary(result, slotCount: slotCount))
        validation = try StoredJSON.encode(StoredValidation(result.report))
        let basisPoints = result.overall.basisPoints
        let cents = basisPoints % 100
        percentage = PostgresNumeric("\(basisPoints / 100).\(cents < 10 ? "0" : "")\(cents)")
    }

    private struct Summary: Encodable {
        let totalShifts, totalRequired, totalAssigned, totalFilled: Int
        let averageCoverage: Double
        let criticalGaps: [SlotShortfall]
        let acceptable: Bool
        let text: String

        init(_ result: CoverageResult, slotCount: Int) {
            totalShifts = slotCount
            totalRequired = result.overall.required
            totalAssigned = result.overall.assigned
            totalFilled = result.overall.filled
            averageCoverage = result.overall.percentage
            criticalGaps = result.criticalGaps
            acceptable = result.isAcceptable
            text = result.summary
        }

        private enum CodingKeys: String, CodingKey {
            case totalShifts = "total_shifts"
            case totalRequired = "total_required"
            case totalAssigned = "total_assigned"
            case totalFilled = "total_filled"
            case averageCoverage = "average_coverage"
            case criticalGaps = "critical_gaps"
            case acceptable, text
        }
    }
}
