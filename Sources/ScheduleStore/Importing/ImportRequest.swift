package import ScheduleModel

/// What to import, and where.
package struct ImportRequest: Sendable {
    /// The delivery.
    package var task: TaskIdentity
    /// The tenant.
    package var hospitalID: Identifier<Hospital>
    /// The version to fill: made when it does not exist, else it must be STAGING, live, empty and of this hospital.
    package var versionID: Identifier<ScheduleVersion>
    /// SHA-256 of the file, 64 hexadecimal digits.
    package var sourceSHA256: String
    /// The file's display name, 255 characters at most.
    package var sourceName: String
    /// The range of a version that is made; an existing one keeps its own.
    package var proposedRange: DateRange
    /// Whether bytes that were imported before are imported again.
    package var force: Bool
    /// Whether rejected rows let the others be stored.
    package var allowPartial: Bool

    /// Describes an import.
    package init(
        task: TaskIdentity, hospitalID: Identifier<Hospital>, versionID: Identifier<ScheduleVersion>,
        sourceSHA256: String, sourceName: String, proposedRange: DateRange, force: Bool = false,
        allowPartial: Bool = true
    ) {
        self.task = task
        self.hospitalID = hospitalID
        self.versionID = versionID
        self.sourceSHA256 = sourceSHA256
        self.sourceName = sourceName
        self.proposedRange = proposedRange
        self.force = force
        self.allowPartial = allowPartial
    }
}

/// What one import stored.
package struct StoredImport: Sendable, Hashable {
    /// The version that holds the schedule; for a duplicate the one that held it before.
    package var versionID: Identifier<ScheduleVersion>
    /// Its number in its hospital, from 1.
    package var versionNo: Int
    /// Its effective range.
    package var range: DateRange
    /// Which delivery of the task it was, from 1: the fencing token.
    package var attempt: Int
    /// Slots written; 0 for a duplicate.
    package var shiftCount: Int
    /// Coverage rules written; 0 for a duplicate.
    package var ruleCount: Int
    /// Distinct worklists that the workbook names, written now or known before; 0 for a duplicate.
    package var worklistCount: Int
    /// The version that already held the same bytes and range; nothing was written then.
    package var duplicateOf: Identifier<ScheduleVersion>?
}

/// How an import ended.
package enum ImportReceipt: Sendable {
    /// A new schedule is stored.
    case stored(StoredImport)
    /// The task was finished or cancelled by an earlier delivery; the ledger's JSON. Nothing was written.
    case alreadyDone(result: [UInt8])
    /// A filled STAGING version has the same bytes and range; only the ledger was written.
    case duplicate(versionID: Identifier<ScheduleVersion>, versionNo: Int, range: DateRange)
    /// A newer delivery owns the task; nothing was written.
    case superseded
}

/// What an import would meet: for dry runs.
package struct ImportPreview: Sendable, Hashable {
    /// The range that the schedule would have.
    package var range: DateRange
    /// Whether the version exists already.
    package var versionExists: Bool
    /// The version that holds the same bytes and range already.
    package var duplicateOf: Identifier<ScheduleVersion>?
}
