import Postgres
package import ScheduleModel

/// A date that counts as weekend in one hospital.
package struct Holiday: Sendable, Hashable {
    package let day: LocalDate
    package let name: String

    /// Names a holiday.
    package init(day: LocalDate, name: String) {
        self.day = day
        self.name = name
    }
}

extension ScheduleStore {
    /// A hospital's holidays in order.
    ///
    /// - Parameter code: The hospital's code.
    /// - Returns: The holidays.
    /// - Throws: ``StoreError``: HOSPITAL_NOT_FOUND, DATABASE_ERROR; or `CancellationError`.
    package func holidays(code: String) async throws -> [Holiday] {
        let rows = try await administrationQuery(
            """
            SELECT d.day, d.name FROM hospitals h LEFT JOIN hospital_holidays d ON d.hospital_id = h.id
            WHERE h.code = \(code) AND h.deleted_at IS NULL ORDER BY d.day
            """, operation: "list-holidays")
        guard !rows.isEmpty else { throw StoreError.unknownCode(code) }
        return try rows.compactMap { row in
            guard let name = try row.decodeOptional(String.self, "name") else { return nil }
            return Holiday(day: try row.date("day"), name: name)
        }
    }

    /// Adds holidays; one that is there gets the new name.
    ///
    /// - Parameters:
    ///   - holidays: The holidays; of a date given twice the last counts.
    ///   - code: The hospital's code.
    ///   - actor: Who signs it.
    /// - Throws: ``StoreError``: HOSPITAL_NOT_FOUND, INVALID_VALUE for a bad name, DATABASE_ERROR; or `CancellationError`.
    package func addHolidays(_ holidays: [Holiday], code: String, actor: Identifier<User> = .system) async throws {
        var names: [LocalDate: String] = [:]
        for holiday in holidays {
            names[holiday.day] = try AdministrationText.required(holiday.name, "a holiday's name")
        }
        let days = names.keys.sorted()
        try await transaction(.interactive) { transaction in
            let (id, _) = try await Self.lockedHospital(code, in: transaction)
            _ = try await transaction.query(
                """
                WITH d AS (
                    INSERT INTO hospital_holidays (hospital_id, day, name)
                    SELECT \(id.uuid), u.day, u.name
                    FROM unnest(\(days.map(\.postgres)), \(days.map { names[$0] })) AS u (day, name)
                    ON CONFLICT (hospital_id, day) DO UPDATE SET name = EXCLUDED.name RETURNING day
                )
                INSERT INTO audit_logs (user_id, hospital_id, action, resource, resource_id, new_values)
                VALUES (\(actor.uuid), \(id.uuid), 'UPDATE', 'hospital_holidays', \(id.uuid),
                    jsonb_build_object('added', (SELECT coalesce(jsonb_agg(day ORDER BY day), '[]') FROM d)))
                """, operation: "add-holidays")
        }
    }

    /// Removes holidays; dates that are none are passed over.
    ///
    /// - Parameters:
    ///   - days: The dates.
    ///   - code: The hospital's code.
    ///   - actor: Who signs it.
    /// - Returns: How many were removed.
    /// - Throws: ``StoreError``: HOSPITAL_NOT_FOUND, DATABASE_ERROR; or `CancellationError`.
    @discardableResult
    package func removeHolidays(
        _ days: [LocalDate], code: String, actor: Identifier<User> = .system
    ) async throws -> Int {
        try await transaction(.interactive) { transaction in
            let (id, _) = try await Self.lockedHospital(code, in: transaction)
            let rows = try await transaction.query(
                """
                WITH d AS (
                    DELETE FROM hospital_holidays WHERE hospital_id = \(id.uuid) AND day = ANY (\(days.map(\.postgres)))
                    RETURNING day
                ), audit AS (
                    INSERT INTO audit_logs (user_id, hospital_id, action, resource, resource_id, new_values)
                    VALUES (\(actor.uuid), \(id.uuid), 'UPDATE', 'hospital_holidays', \(id.uuid),
                        jsonb_build_object('removed', (SELECT coalesce(jsonb_agg(day ORDER BY day), '[]') FROM d)))
                )
                SELECT count(*) AS removed FROM d
                """, operation: "remove-holidays")
            return try rows.first?.decode(Int.self, "removed") ?? 0
        }
    }
}
