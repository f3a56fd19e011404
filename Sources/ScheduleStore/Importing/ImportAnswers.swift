import Postgres
import ScheduleModel

/// What statement 1 of an import found.
enum ImportOpening {
    /// An earlier delivery finished the task.
    case finished(result: [UInt8])
    /// Another version holds the same bytes and range.
    case duplicate(StoredImport)
    /// The version is ours to fill; nothing is counted yet.
    case opened(StoredImport)

    /// Reads the answer.
    ///
    /// - Parameters:
    ///   - rows: The rows of ``ImportStatements/open(_:)``.
    ///   - request: What was asked for.
    /// - Throws: ``StoreError`` HOSPITAL_NOT_FOUND, TASK_ID_CONFLICT or INVALID_VERSION_STATE.
    init(_ rows: PostgresRows, request: ImportRequest) throws {
        guard let row = rows.first else { throw StoreError.hospitalNotFound(request.hospitalID) }
        let claim = try LedgerClaim(row, task: request.task)
        if let result = claim.finishedResult {
            self = .finished(result: result)
            return
        }
        let duplicate: Identifier<ScheduleVersion>? = try row.optionalID("duplicate_id")
        guard let version = try duplicate ?? row.optionalID("version_id") else {
            throw StoreError.versionNotFillable(request)
        }
        let stored = StoredImport(
            versionID: version, versionNo: try row.decode(Int.self, "version_no"),
            range: try row.range("range_start", "range_end"), attempt: claim.attempt, shiftCount: 0, ruleCount: 0,
            worklistCount: 0, duplicateOf: duplicate)
        self = duplicate == nil ? .opened(stored) : .duplicate(stored)
    }
}

/// What statement 3 of an import says.
enum ImportVerdict {
    /// All holds; the ledger is finished.
    case finished
    /// A newer delivery owns the task.
    case superseded
    /// An import that committed while this one waited holds the same bytes and range.
    case duplicate(Identifier<ScheduleVersion>, versionNo: Int)

    /// Reads the answer.
    ///
    /// - Parameters:
    ///   - rows: The one row of ``ImportStatements/finish(_:stored:sent:outcome:result:audit:)``.
    ///   - request: What was asked for.
    /// - Throws: ``StoreError`` DATABASE_ERROR when what is stored is not what was sent.
    init(_ rows: PostgresRows, request: ImportRequest) throws {
        guard let row = rows.first, try row.decode(Bool.self, "is_owner") else {
            self = .superseded
            return
        }
        if let duplicate: Identifier<ScheduleVersion> = try row.optionalID("duplicate_id") {
            self = .duplicate(duplicate, versionNo: try row.decode(Int.self, "duplicate_version_no"))
            return
        }
        guard try row.decode(Bool.self, "is_finished") else {
            let wrong = try ["wrong_types", "wrong_dates", "wrong_rules"].map { "\(try row.decode(Int.self, $0))" }
            throw StoreError(
                "DATABASE_ERROR",
                "version \(request.versionID) does not hold what was sent (shift types, dates, rules off by "
                    + "\(wrong.joined(separator: ", "))). everything was rolled back; try again",
                isRetriable: true)
        }
        self = .finished
    }
}

extension StoreError {
    static func versionNotFillable(_ request: ImportRequest) -> StoreError {
        StoreError(
            "INVALID_VERSION_STATE",
            "version \(request.versionID) cannot be filled for hospital \(request.hospitalID): it is not STAGING, is deleted, "
                + "belongs to another hospital, or was filled before. import into a new version")
    }
}
