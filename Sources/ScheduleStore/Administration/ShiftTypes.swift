import Postgres
package import ScheduleModel

extension ScheduleStore {
    /// A hospital's active shift types in the order of their codes, read anew.
    ///
    /// - Parameter code: The hospital's code.
    /// - Returns: The vocabulary.
    /// - Throws: ``StoreError``: HOSPITAL_NOT_FOUND, DATABASE_ERROR; or `CancellationError`.
    package func shiftTypes(code: String) async throws -> [ShiftType] {
        let rows = try await administrationQuery(
            ContextStatement.load(id: nil, code: code, version: nil), operation: "list-shift-types")
        guard let row = rows.first else { throw StoreError.unknownCode(code) }
        return try ContextStatement.context(row).vocabulary.types
    }

    /// Adds or changes one shift type; the others stay.
    ///
    /// - Parameters:
    ///   - code: The hospital's code.
    ///   - type: The type.
    ///   - actor: Who signs it.
    /// - Throws: As ``replaceShiftTypes(code:with:actor:)``.
    package func setShiftType(code: String, _ type: ShiftType, actor: Identifier<User> = .system) async throws {
        try await changeShiftTypes(code: code, actor: actor) { $0.filter { $0.code != type.code } + [type] }
    }

    /// Makes these the active shift types of a hospital: unlisted ones become inactive, because schedules name them.
    ///
    /// - Parameters:
    ///   - code: The hospital's code.
    ///   - types: The whole vocabulary.
    ///   - actor: Who signs it.
    /// - Throws: ``StoreError``: HOSPITAL_NOT_FOUND, INVALID_VALUE when two types share a spelling or one names a type that
    ///   is not listed, DATABASE_ERROR; or `CancellationError`.
    package func replaceShiftTypes(
        code: String, with types: [ShiftType], actor: Identifier<User> = .system
    ) async throws {
        try await changeShiftTypes(code: code, actor: actor) { _ in types }
    }

    private func changeShiftTypes(
        code: String, actor: Identifier<User>, change: ([ShiftType]) -> [ShiftType]
    ) async throws {
        try await transaction(.interactive) { transaction in
            let (id, _) = try await Self.lockedHospital(code, in: transaction)
            let rows = try await transaction.query(
                ContextStatement.load(id: id, code: nil, version: nil), operation: "load-shift-types")
            guard let row = rows.first else { throw StoreError.unknownCode(code) }
            let types = change(try ContextStatement.context(row).vocabulary.types)
            try Self.check(types)
            _ = try await transaction.query(
                ShiftTypeStatements.upsert(types, hospital: id), operation: "set-shift-types")
            _ = try await transaction.query(
                ShiftTypeStatements.retire(except: types, hospital: id, actor: actor), operation: "retire-shift-types")
        }
    }

    private static func check(_ types: [ShiftType]) throws {
        do {
            let vocabulary = try ShiftVocabulary(types)
            for type in types {
                _ = try AdministrationText.required(type.code, "a shift type's code")
                _ = try AdministrationText.required(type.label, "a shift type's label")
                let named = [type.slotCode, type.effectiveBodyCode, type.effectiveNeuroCode].compactMap(\.self)
                guard type.code.count <= 50, named.allSatisfy({ vocabulary.type(code: $0) != nil }) else {
                    throw StoreError.invalid(
                        "shift type \(ValidationMessage.escaped(type.code, limit: 50)) names a type that is not listed, or its "
                            + "code is longer than 50 characters")
                }
                guard type.window.startDayOffset <= 1, type.window.endDayOffset <= 2, type.defaultDesired >= 0 else {
                    throw StoreError.invalid(
                        "shift type \(type.code) starts after the next day or ends after the one that follows")
                }
            }
        } catch let error as VocabularyError {
            throw StoreError.invalid(error.description)
        }
    }
}

/// The statements that write a vocabulary.
enum ShiftTypeStatements {
    /// Adds types, or changes and activates those that are there.
    static func upsert(_ types: [ShiftType], hospital: Identifier<Hospital>) throws -> PostgresQuery {
        """
        INSERT INTO shift_types AS t (hospital_id, code, label, start_time, end_time, start_day_offset, end_day_offset,
            study_type, specialty_constraint, default_desired, mandatory, slot_code, effective_body_code,
            effective_neuro_code, synonyms, synonym_keys)
        SELECT \(hospital.uuid), u.code, u.label, u.start_time, u.end_time, u.start_offset, u.end_offset, u.study,
            u.specialty, u.desired, u.mandatory, u.slot, u.body, u.neuro,
            ARRAY(SELECT jsonb_array_elements_text(u.synonyms)), ARRAY(SELECT jsonb_array_elements_text(u.keys))
        FROM unnest(\(types.map(\.code)), \(types.map(\.label)), \(types.map(\.window.start.postgres)),
            \(types.map(\.window.end.postgres)), \(types.map(\.window.startDayOffset)),
            \(types.map(\.window.endDayOffset)), \(types.map(\.studyType.rawValue)), \(types.map(\.constraint.rawValue)),
            \(types.map(\.defaultDesired)), \(types.map(\.isMandatory)), \(types.map(\.slotCode)),
            \(types.map(\.effectiveBodyCode)), \(types.map(\.effectiveNeuroCode)),
            \(try types.map { try StoredJSON.encode($0.synonyms) }), \(try types.map { try StoredJSON.encode($0.keys) }))
            AS u (code, label, start_time, end_time, start_offset, end_offset, study, specialty, desired, mandatory, slot,
                body, neuro, synonyms, keys)
        ON CONFLICT (hospital_id, code) DO UPDATE SET label = EXCLUDED.label, start_time = EXCLUDED.start_time,
            end_time = EXCLUDED.end_time, start_day_offset = EXCLUDED.start_day_offset,
            end_day_offset = EXCLUDED.end_day_offset, study_type = EXCLUDED.study_type,
            specialty_constraint = EXCLUDED.specialty_constraint, default_desired = EXCLUDED.default_desired,
            mandatory = EXCLUDED.mandatory, slot_code = EXCLUDED.slot_code,
            effective_body_code = EXCLUDED.effective_body_code, effective_neuro_code = EXCLUDED.effective_neuro_code,
            synonyms = EXCLUDED.synonyms, synonym_keys = EXCLUDED.synonym_keys, active = true, updated_at = now()
        """
    }

    /// Makes all other types inactive, and writes the audit row of the whole change.
    static func retire(
        except types: [ShiftType], hospital: Identifier<Hospital>, actor: Identifier<User>
    ) -> PostgresQuery {
        """
        WITH retired AS (
            UPDATE shift_types SET active = false, updated_at = now()
            WHERE hospital_id = \(hospital.uuid) AND active AND code <> ALL (\(types.map(\.code)))
            RETURNING code
        )
        INSERT INTO audit_logs (user_id, hospital_id, action, resource, resource_id, new_values)
        VALUES (\(actor.uuid), \(hospital.uuid), 'UPDATE', 'shift_types', \(hospital.uuid), jsonb_build_object(
            'active', to_jsonb(\(types.map(\.code))), 'retired', (SELECT coalesce(jsonb_agg(code), '[]') FROM retired)))
        """
    }
}

extension ShiftType {
    /// The keys of its code and its synonyms, each once.
    fileprivate var keys: [String] { Set(([code] + synonyms).map { NameKey.shiftType($0) }).sorted() }
}
