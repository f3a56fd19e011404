import Foundation
package import ScheduleModel

/// What any of the four task types may be asked, decoded and checked (domain 2).
///
/// The types share most of their keys, so there is one payload; ``ScheduleTaskType`` says which keys a task heeds. Unknown keys
/// are ignored, the nil UUID counts as absent, and a payload with nothing but the base keys works.
package struct SchedulePayload: Sendable, Hashable {
    /// The newest payload schema that this program knows.
    package static let schemaVersion = 1

    /// The tenant, by id.
    package var hospitalID: Identifier<Hospital>?
    /// The tenant, by code; must match ``hospitalID`` when both are given.
    package var hospitalCode: String?
    /// The version to fill or, for coverage, to compute.
    package var versionID: Identifier<ScheduleVersion>?
    /// The workbook's display name.
    package var filename: String?
    /// Where the workbook's bytes are; `nil` means a file of that name in the import directory.
    package var source: FileSource?
    /// The acting user.
    package var creatorID: Identifier<User>?
    /// How many calendar months to scrape, 1 to 24; `nil` is all of the version's range.
    package var monthsBack: Int?
    /// The name of a credential entry; never a login or access code.
    package var username: String?
    /// The period's first day.
    package var startDate: LocalDate?
    /// The period's last day.
    package var endDate: LocalDate?
    /// The layout that is demanded: `auto`, `list` or `grid`.
    package var layout: String?
    /// How requests are spaced in this run.
    package var rateScope: RateScope?
    /// The percentage from which coverage is acceptable in this run.
    package var threshold: Double?
    /// Whether a partial result is kept; default yes.
    package var allowPartial: Bool?
    /// The share of bad rows that stops an import; default 0.5.
    package var maxErrorRate: Double?
    /// Whether nothing is written; default no.
    package var dryRun: Bool?
    /// Whether identical bytes are imported again and checkpoints are ignored; default no.
    package var force: Bool?
    /// The chain that the task is a step of.
    package var workflow: WorkflowStep?

    /// An empty payload.
    package init() {}

    /// Whether a partial result is kept.
    package var allowsPartial: Bool { allowPartial ?? true }
    /// The share of bad rows that stops an import.
    package var errorRateLimit: Double { maxErrorRate ?? 0.5 }
    /// Whether nothing is written.
    package var isDryRun: Bool { dryRun ?? false }
    /// Whether identical bytes are imported again.
    package var isForced: Bool { force ?? false }
    /// The asked period when both ends are given.
    package var range: DateRange? {
        guard let startDate, let endDate else { return nil }
        return DateRange(startDate, endDate)
    }

    /// Decodes and checks a task's payload.
    ///
    /// - Parameters:
    ///   - bytes: The payload, a UTF-8 JSON object.
    ///   - type: The task's type, which decides the keys that must be there.
    /// - Throws: ``PayloadError`` with the key's path.
    package init(_ bytes: [UInt8], for type: ScheduleTaskType) throws(PayloadError) {
        do {
            self = try JSONDecoder().decode(SchedulePayload.self, from: Data(bytes))
        } catch let error as DecodingError {
            throw PayloadError(error)
        } catch {
            throw PayloadError("", "is no JSON object")
        }
        try check(for: type)
    }

    /// The payload as JSON with sorted keys; absent keys are left out.
    package func encoded(for type: ScheduleTaskType) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.userInfo[.taskType] = type
        return Array(try encoder.encode(self))
    }

    private func check(for type: ScheduleTaskType) throws(PayloadError) {
        if type != .coverageCalculate, hospitalID == nil, hospitalCode == nil {
            throw PayloadError("hospital_id", "is missing")
        }
        if type == .coverageCalculate, versionID == nil, hospitalID == nil, hospitalCode == nil {
            throw PayloadError("schedule_version_id", "is missing")
        }
        if let hospitalCode, !ScheduleQueue.isValid(hospitalCode: hospitalCode) {
            throw PayloadError("hospital_code", "is not a hospital's code")
        }
        if type == .odsImport || type == .scheduleSync {
            guard let filename else { throw PayloadError("filename", "is missing") }
            guard WorkbookName.isValid(filename) else {
                throw PayloadError("filename", "is not a bare .ods or .fods file name of at most 255 characters")
            }
        }
        if case .file(let name, _)? = source, !WorkbookName.isValid(name) {
            throw PayloadError("source.name", "is not a bare .ods or .fods file name of at most 255 characters")
        }
        if case .blob(_, let size, _)? = source, size < 0 { throw PayloadError("source.size", "is negative") }
        if let monthsBack, !(1...24).contains(monthsBack) { throw PayloadError("months_back", "is not from 1 to 24") }
        if let layout, !["auto", "list", "grid"].contains(layout) {
            throw PayloadError("layout", "is not auto, list or grid")
        }
        if let maxErrorRate, !(0...1).contains(maxErrorRate) {
            throw PayloadError("max_error_rate", "is not from 0 to 1")
        }
        if let threshold, !(0...100).contains(threshold) { throw PayloadError("threshold", "is not from 0 to 100") }
        if let workflow {
            guard !workflow.id.isEmpty else { throw PayloadError("workflow.id", "is empty") }
            guard workflow.id.unicodeScalars.count <= WorkflowStep.maxIDLength, !workflow.id.contains("\0") else {
                throw PayloadError("workflow.id", "has more than \(WorkflowStep.maxIDLength) characters, or a NUL")
            }
            guard (1...WorkflowStep.maxSteps).contains(workflow.step) else {
                throw PayloadError("workflow.step", "is not from 1 to \(WorkflowStep.maxSteps)")
            }
        }
        if let startDate, let endDate, endDate < startDate {
            throw PayloadError("end_date", "is before start_date (INVALID_DATE_RANGE)")
        }
    }
}

extension CodingUserInfoKey {
    /// The task type that a payload is encoded for: coverage has another name for the version.
    fileprivate static let taskType = CodingUserInfoKey(rawValue: "schedcu.task-type") ?? CodingUserInfoKey.fallback
    private static var fallback: CodingUserInfoKey { preconditionFailure("a user info key is any text") }
}

extension SchedulePayload: Codable {
    private enum CodingKeys: String, CodingKey {
        case hospitalID = "hospital_id"
        case hospitalCode = "hospital_code"
        case versionID = "version_id"
        case scheduleVersionID = "schedule_version_id"
        case filename, source, username, layout, threshold, force, workflow
        case creatorID = "creator_id"
        case monthsBack = "months_back"
        case startDate = "start_date"
        case endDate = "end_date"
        case rateScope = "rate_scope"
        case allowPartial = "allow_partial"
        case maxErrorRate = "max_error_rate"
        case dryRun = "dry_run"
        case schemaVersion = "schema_version"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let schema = try container.integerIfPresent(.schemaVersion) ?? Self.schemaVersion
        guard schema <= Self.schemaVersion else {
            throw container.broken(.schemaVersion, "is newer than this worker knows")
        }
        hospitalID = try container.identifier(.hospitalID)
        hospitalCode = try container.decodeIfPresent(String.self, forKey: .hospitalCode)
        versionID = try container.identifier(.versionID) ?? container.identifier(.scheduleVersionID)
        filename = try container.decodeIfPresent(String.self, forKey: .filename)
        source = try container.decodeIfPresent(FileSource.self, forKey: .source)
        creatorID = try container.identifier(.creatorID)
        monthsBack = try container.integerIfPresent(.monthsBack)
        let name = try container.decodeIfPresent(String.self, forKey: .username)
        username = name?.isEmpty == true ? nil : name
        startDate = try container.date(.startDate)
        endDate = try container.date(.endDate)
        layout = try container.decodeIfPresent(String.self, forKey: .layout)
        rateScope = try container.decodeIfPresent(RateScope.self, forKey: .rateScope)
        threshold = try container.doubleIfPresent(.threshold)
        allowPartial = try container.decodeIfPresent(Bool.self, forKey: .allowPartial)
        maxErrorRate = try container.doubleIfPresent(.maxErrorRate)
        dryRun = try container.decodeIfPresent(Bool.self, forKey: .dryRun)
        force = try container.decodeIfPresent(Bool.self, forKey: .force)
        workflow = try container.decodeIfPresent(WorkflowStep.self, forKey: .workflow)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        let isCoverage = encoder.userInfo[.taskType] as? ScheduleTaskType == .coverageCalculate
        try container.encodeIfPresent(hospitalID, forKey: .hospitalID)
        try container.encodeIfPresent(hospitalCode, forKey: .hospitalCode)
        try container.encodeIfPresent(versionID, forKey: isCoverage ? .scheduleVersionID : .versionID)
        try container.encodeIfPresent(filename, forKey: .filename)
        try container.encodeIfPresent(source, forKey: .source)
        try container.encodeIfPresent(creatorID, forKey: .creatorID)
        try container.encodeIfPresent(monthsBack, forKey: .monthsBack)
        try container.encodeIfPresent(username, forKey: .username)
        try container.encodeIfPresent(startDate, forKey: .startDate)
        try container.encodeIfPresent(endDate, forKey: .endDate)
        try container.encodeIfPresent(layout, forKey: .layout)
        try container.encodeIfPresent(rateScope, forKey: .rateScope)
        try container.encodeIfPresent(threshold, forKey: .threshold)
        try container.encodeIfPresent(allowPartial, forKey: .allowPartial)
        try container.encodeIfPresent(maxErrorRate, forKey: .maxErrorRate)
        try container.encodeIfPresent(dryRun, forKey: .dryRun)
        try container.encodeIfPresent(force, forKey: .force)
        try container.encodeIfPresent(workflow, forKey: .workflow)
        try container.encode(Self.schemaVersion, forKey: .schemaVersion)
    }
}

extension KeyedDecodingContainer {
    /// An id; absent, null, empty and the nil UUID are all `nil`.
    fileprivate func identifier<Entity>(_ key: Key) throws -> Identifier<Entity>? {
        guard let text = try decodeIfPresent(String.self, forKey: key), !text.isEmpty else { return nil }
        guard UUID(uuidString: text) != nil else {
            throw broken(key, "is not a UUID")
        }
        return Identifier(text)
    }

    /// A date, or the written date of a date-time.
    fileprivate func date(_ key: Key) throws -> LocalDate? {
        guard let text = try decodeIfPresent(String.self, forKey: key) else { return nil }
        guard let date = LocalDate(dateOrDateTime: text) else { throw broken(key, "is not a date YYYY-MM-DD") }
        return date
    }
}
