package import Coverage
package import Foundation
package import ScheduleModel

/// What to compute coverage of.
package struct CoverageRequest: Sendable {
    /// The delivery.
    package var task: TaskIdentity
    /// The tenant; `nil` takes it from the version.
    package var hospitalID: Identifier<Hospital>?
    /// The version; `nil` takes the hospital's newest STAGING version, else the PRODUCTION version in force when the period
    /// starts, or today.
    package var versionID: Identifier<ScheduleVersion>?
    /// The period; `nil` takes the version's range.
    package var period: DateRange?

    /// Describes a calculation.
    package init(
        task: TaskIdentity, hospitalID: Identifier<Hospital>?, versionID: Identifier<ScheduleVersion>?,
        period: DateRange? = nil
    ) {
        self.task = task
        self.hospitalID = hospitalID
        self.versionID = versionID
        self.period = period
    }
}

/// The last stored calculation of the same version and period.
package struct PreviousCalculation: Sendable, Hashable {
    /// Its id.
    package var id: UUID
    /// Overall percentage in hundredths, 0 to 10,000.
    package var basisPoints: Int
    /// Whether it was acceptable.
    package var isAcceptable: Bool
    /// The revision of the rows it was computed from.
    package var dataRevision: Int64
    /// When it was stored.
    package var calculatedAt: Date

    /// Overall percentage, 0 to 100.
    package var percentage: Double { Double(basisPoints) / 100 }
}

/// How a calculation ended.
package enum CoverageReceipt: Sendable {
    /// A calculation is stored, of this version.
    case stored(CoverageResult, versionID: Identifier<ScheduleVersion>)
    /// The task was finished or cancelled by an earlier delivery; the ledger's JSON. Nothing was written.
    case alreadyDone(result: [UInt8])
    /// A newer delivery owns the task; nothing was written.
    case superseded
}
