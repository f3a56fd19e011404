import Foundation
import Postgres
package import ScheduleModel

extension ScheduleStore {
    /// A hospital's vocabulary, holidays, zone and settings: at most one statement a minute, tagged `context`.
    ///
    /// - Parameter id: The tenant.
    /// - Returns: Its context, up to a minute old.
    /// - Throws: ``StoreError``: HOSPITAL_NOT_FOUND, or DATABASE_ERROR.
    package func hospital(id: Identifier<Hospital>) async throws -> HospitalContext {
        try await context(.id(id), id: id, described: "\(id)")
    }

    /// A hospital by its code; see ``hospital(id:)``.
    package func hospital(code: String) async throws -> HospitalContext {
        try await context(.code(code), code: code, described: "with code \(ValidationMessage.escaped(code, limit: 50))")
    }

    /// The hospital that a live version belongs to, for a task that names a version only; see ``hospital(id:)``.
    package func hospital(ofVersion version: Identifier<ScheduleVersion>) async throws -> HospitalContext {
        try await context(.version(version), version: version, described: "with a live version \(version)")
    }

    private func context(
        _ key: HospitalContextCache.Key, id: Identifier<Hospital>? = nil, code: String? = nil,
        version: Identifier<ScheduleVersion>? = nil, described name: String
    ) async throws -> HospitalContext {
        try await contexts.context(key) {
            let rows = try await self.query(
                ContextStatement.load(id: id, code: code, version: version), operation: "load-hospital", tag: .context)
            guard let row = rows.first else { throw StoreError.hospitalNotFound(name) }
            return try ContextStatement.context(row)
        }
    }
}

/// The statement that loads a hospital, and how its row is read.
enum ContextStatement {
    /// One row for a live hospital, none for an unknown one; exactly one of the three is given.
    static func load(
        id: Identifier<Hospital>?, code: String?, version: Identifier<ScheduleVersion>?
    ) -> PostgresQuery {
        """
        SELECT h.id, h.code, h.timezone, h.settings,
            (SELECT array_agg(d.day) FROM hospital_holidays d WHERE d.hospital_id = h.id) AS holidays,
            (SELECT jsonb_agg(jsonb_build_object(
                'code', t.code, 'label', t.label,
                'start', extract(epoch FROM t.start_time)::int + 86400 * t.start_day_offset,
                'end', extract(epoch FROM t.end_time)::int + 86400 * t.end_day_offset,
                'study', t.study_type, 'constraint', t.specialty_constraint, 'desired', t.default_desired,
                'mandatory', t.mandatory, 'slot', t.slot_code, 'body', t.effective_body_code,
                'neuro', t.effective_neuro_code, 'synonyms', t.synonyms))
                FROM shift_types t WHERE t.hospital_id = h.id AND t.active) AS shift_types
        FROM hospitals h
        WHERE h.deleted_at IS NULL
            AND (h.id = \(id?.uuid) OR h.code = \(code) OR h.id = (
                SELECT v.hospital_id FROM schedule_versions v WHERE v.id = \(version?.uuid) AND v.deleted_at IS NULL))
        """
    }

    private struct StoredType: Decodable {
        let code, label: String
        let start, end: Int
        let study: StudyType
        let constraint: Specialty
        let desired: Int
        let mandatory: Bool
        let slot, body, neuro: String?
        let synonyms: [String]
    }

    /// Reads the row.
    ///
    /// - Parameter row: A row of ``load(id:code:version:)``.
    /// - Returns: The context.
    /// - Throws: ``StoreError`` when the hospital's own data is wrong: zone, settings or vocabulary.
    static func context(_ row: PostgresRow) throws -> HospitalContext {
        do {
            let code = try row.decode(String.self, "code")
            let zoneName = try row.decode(String.self, "timezone")
            guard let zone = ScheduleZone(zoneName) else {
                throw StoreError.unreadable("hospital \(code) has an unknown time zone")
            }
            let types = try row.decodeOptional(PostgresJSON.self, "shift_types").map(\.bytes) ?? Array("[]".utf8)
            let stored = try decoded([StoredType].self, types, of: "vocabulary of hospital \(code)")
            let settings = try row.decode(PostgresJSON.self, "settings").bytes
            return HospitalContext(
                id: try row.id("id"), code: code, zone: zone,
                holidays: Set(
                    try row.column(PostgresDate.self, "holidays").map { LocalDate(dayNumber: $0.daysSince1970) }),
                vocabulary: try ShiftVocabulary(try stored.map { try shiftType($0, hospital: code) }),
                settings: try decoded(HospitalSettings.self, settings, of: "settings of hospital \(code)"))
        } catch let error as VocabularyError {
            throw StoreError.unreadable(error.description)
        } catch let error as PostgresError {
            throw StoreError(error)
        }
    }

    private static func shiftType(_ stored: StoredType, hospital: String) throws -> ShiftType {
        guard let window = ShiftWindow(startSeconds: stored.start, endSeconds: stored.end) else {
            throw StoreError.unreadable("shift type \(stored.code) of hospital \(hospital) ends before it starts")
        }
        return ShiftType(
            code: stored.code, label: stored.label, window: window, studyType: stored.study,
            constraint: stored.constraint, defaultDesired: stored.desired, isMandatory: stored.mandatory,
            slotCode: stored.slot, effectiveBodyCode: stored.body, effectiveNeuroCode: stored.neuro,
            synonyms: stored.synonyms)
    }

    private static func decoded<Value: Decodable>(
        _ type: Value.Type, _ bytes: [UInt8], of what: String
    ) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw StoreError.unreadable(what)
        }
    }
}
