import Postgres
import ScheduleModel

/// Statement 2 of an import: every row of the schedule in one statement, as columns through `unnest` (domain 8.2).
enum ImportWrite {
    /// Writes worklists, rules and slots, and marks the version as filled.
    ///
    /// Rows that are there already are left alone. One row: `worklists`, `rules` and `shifts` written, and the version's
    /// `data_revision`, NULL when the version may not be filled.
    ///
    /// - Parameters:
    ///   - draft: What to write.
    ///   - version: The version it goes to.
    ///   - request: Whose import it is.
    /// - Returns: The statement.
    /// - Throws: `EncodingError` when the report cannot be encoded.
    static func statement(
        _ draft: ScheduleDraft, version: Identifier<ScheduleVersion>, request: ImportRequest
    ) throws -> PostgresQuery {
        let (worklists, rules, shifts) = (draft.worklists, draft.rules, ShiftColumns(draft.shifts))
        let (hospital, creator) = (request.hospitalID.uuid, request.task.creatorID.uuid)
        let validation = try StoredJSON.encode(StoredValidation(draft.report, counters: draft.counters))
        return """
            WITH w AS (
                INSERT INTO worklists (id, hospital_id, campus_code, label, label_key, modality, region, study_type)
                SELECT u.id, \(hospital), u.campus_code, u.label, u.label_key, u.modality, u.region, u.study_type
                FROM unnest(\(worklists.map(\.id.uuid)), \(worklists.map(\.campusCode)), \(worklists.map(\.label)),
                    \(worklists.map(\.labelKey)), \(worklists.map(\.modality)), \(worklists.map(\.region)),
                    \(worklists.map(\.studyType.rawValue)))
                    AS u (id, campus_code, label, label_key, modality, region, study_type)
                ON CONFLICT DO NOTHING RETURNING 1
            ), r AS (
                INSERT INTO coverage_rules (id, schedule_version_id, hospital_id, worklist_id, shift_type, category, day_type,
                    scenario, window_start, window_end, start_day_offset, end_day_offset, sheet_name, source_row, created_by)
                SELECT u.id, \(version.uuid), \(hospital), u.worklist_id, u.shift_type, u.category, u.day_type, u.scenario,
                    u.window_start, u.window_end, u.start_offset, u.end_offset, u.sheet_name, u.source_row, \(creator)
                FROM unnest(\(rules.map { DeterministicID.rule(version: version, $0).uuid }),
                    \(rules.map(\.worklistID.uuid)), \(rules.map(\.shiftType)), \(rules.map(\.category.rawValue)),
                    \(rules.map(\.dayType.rawValue)), \(rules.map(\.scenario.rawValue)),
                    \(rules.map(\.window.start.postgres)), \(rules.map(\.window.end.postgres)),
                    \(rules.map(\.window.startDayOffset)), \(rules.map(\.window.endDayOffset)), \(rules.map(\.sheetName)),
                    \(rules.map(\.sourceRow)))
                    AS u (id, worklist_id, shift_type, category, day_type, scenario, window_start, window_end, start_offset,
                        end_offset, sheet_name, source_row)
                ON CONFLICT DO NOTHING RETURNING 1
            ), s AS (
                INSERT INTO shift_instances (id, schedule_version_id, hospital_id, shift_type, schedule_date, start_time,
                    end_time, start_day_offset, end_day_offset, starts_at, ends_at, study_type, specialty_constraint,
                    desired_coverage, is_mandatory, source_key, source_study, source_specialty, source_row, created_by)
                SELECT u.id, \(version.uuid), \(hospital), u.shift_type, u.schedule_date, u.start_time, u.end_time,
                    u.start_offset, u.end_offset, u.starts_at, u.ends_at, u.study_type, u.specialty, u.desired,
                    u.is_mandatory, u.source_key, u.source_study, u.source_specialty, u.source_row, \(creator)
                FROM unnest(\(shifts.ids(version)), \(shifts.common(\.shiftType)), \(shifts.dates()),
                    \(shifts.common(\.window.start.postgres)), \(shifts.common(\.window.end.postgres)),
                    \(shifts.common(\.window.startDayOffset)), \(shifts.common(\.window.endDayOffset)),
                    \(shifts.instants(\.start)), \(shifts.instants(\.end)), \(shifts.common(\.studyType.rawValue)),
                    \(shifts.common(\.constraint.rawValue)), \(shifts.desired()), \(shifts.common(\.isMandatory)),
                    \(shifts.common(\.sourceKey)), \(shifts.common(\.sourceStudy)),
                    \(shifts.common(\.sourceSpecialty)), \(shifts.sourceRows()))
                    AS u (id, shift_type, schedule_date, start_time, end_time, start_offset, end_offset, starts_at, ends_at,
                        study_type, specialty, desired, is_mandatory, source_key, source_study, source_specialty, source_row)
                ON CONFLICT DO NOTHING RETURNING 1
            ), v AS (
                UPDATE schedule_versions SET data_revision = data_revision + 1, data_changed_at = now(), updated_at = now(),
                    updated_by = \(creator), layout = \(draft.layout.rawValue), source_name = \(request.sourceName),
                    validation_results = coalesce(validation_results, '{}') || jsonb_build_object('ods', \(validation))
                WHERE id = \(version.uuid) AND hospital_id = \(hospital) AND status = 'STAGING' AND deleted_at IS NULL
                    AND data_revision = 0
                RETURNING data_revision
            )
            SELECT (SELECT count(*) FROM w) AS worklists, (SELECT count(*) FROM r) AS rules,
                (SELECT count(*) FROM s) AS shifts, (SELECT data_revision FROM v) AS data_revision
            """
    }
}

/// What was sent, summed up for statement 3 to compare with what is stored.
struct SentRows {
    /// The shift types in the order of their codes.
    let types: [String]
    /// Slots of each type.
    let slotCounts: [Int]
    /// Desired people of each type.
    let desiredSums: [Int]
    /// Distinct dates with slots.
    let dateCount: Int
    /// Coverage rules.
    let ruleCount: Int

    init(_ draft: ScheduleDraft) {
        let shifts = draft.shifts
        var slots = [Int](repeating: 0, count: shifts.kinds.count)
        var desired = slots
        var dates = Set<Int32>()
        var day: Int32?
        for row in shifts.rows {
            slots[Int(row.kind)] += 1
            desired[Int(row.kind)] += Int(row.desired)
            if row.day != day { dates.insert(row.day) }
            day = row.day
        }
        var sums: [String: (slots: Int, desired: Int)] = [:]
        for (number, kind) in shifts.kinds.enumerated() where slots[number] > 0 {
            let sum = sums[kind.shiftType, default: (0, 0)]
            sums[kind.shiftType] = (sum.slots + slots[number], sum.desired + desired[number])
        }
        let sorted = sums.sorted { $0.key < $1.key }
        types = sorted.map(\.key)
        slotCounts = sorted.map(\.value.slots)
        desiredSums = sorted.map(\.value.desired)
        dateCount = dates.count
        ruleCount = draft.rules.count
    }
}
