import Foundation
import Postgres
package import ScheduleModel

/// A live hospital, for lists.
package struct HospitalSummary: Sendable, Hashable {
    package let id: Identifier<Hospital>
    package let code: String
    package let name: String
    /// The zone's IANA name.
    package let timezone: String

    /// Reads `id`, `code`, `name` and `timezone`.
    init(_ row: PostgresRow) throws {
        id = try row.id("id")
        code = try row.decode(String.self, "code")
        name = try row.decode(String.self, "name")
        timezone = try row.decode(String.self, "timezone")
    }
}

extension ScheduleStore {
    /// Adds a hospital together with the initial vocabulary (domain 3.3), in one transaction.
    ///
    /// - Parameters:
    ///   - code: `[A-Z0-9][A-Z0-9_-]{0,31}`: it names the hospital's queue.
    ///   - name: 1 to 255 characters.
    ///   - timezone: An IANA name, such as `America/New_York`.
    ///   - actor: Who signs it.
    /// - Returns: The new tenant's id.
    /// - Throws: ``StoreError``: INVALID_VALUE, DUPLICATE_ENTRY when a live hospital has the code, DATABASE_ERROR; or
    ///   `CancellationError`.
    package func addHospital(
        code: String, name: String, timezone: String, actor: Identifier<User> = .system
    ) async throws -> Identifier<Hospital> {
        guard Self.isHospitalCode(code) else {
            throw StoreError.invalid(
                "a hospital's code is 1 to 32 of A-Z, 0-9, _ and -, and starts with a letter or digit")
        }
        let name = try AdministrationText.required(name, "the hospital's name")
        let zone = try Self.zone(named: timezone)
        return try await transaction(.interactive) { transaction in
            let rows = try await transaction.query(
                """
                WITH h AS (
                    INSERT INTO hospitals (code, name, timezone) VALUES (\(code), \(name), \(zone.identifier))
                    ON CONFLICT (code) WHERE deleted_at IS NULL DO NOTHING RETURNING id
                ), audit AS (
                    INSERT INTO audit_logs (user_id, hospital_id, action, resource, resource_id, new_values)
                    SELECT \(actor.uuid), h.id, 'CREATE', 'hospitals', h.id,
                        jsonb_build_object('code', \(code), 'name', \(name), 'timezone', \(zone.identifier))
                    FROM h
                )
                SELECT id FROM h
                """, operation: "add-hospital")
            guard let row = rows.first else {
                throw StoreError("DUPLICATE_ENTRY", "hospital \(code) exists already. choose another code")
            }
            let id: Identifier<Hospital> = try row.id("id")
            _ = try await transaction.query(
                ShiftTypeStatements.upsert(ShiftType.initial, hospital: id), operation: "add-shift-types")
            return id
        }
    }

    /// Changes a hospital's name, its time zone, or both; workers see it within a minute.
    ///
    /// A new zone holds for what is imported and scraped from then on. The instants of stored shifts and assignments stay as
    /// they are.
    ///
    /// - Parameters:
    ///   - code: The hospital's code, which stays.
    ///   - name: 1 to 255 characters; `nil` keeps it.
    ///   - timezone: An IANA name, such as `America/New_York`; `nil` keeps it.
    ///   - actor: Who signs it.
    /// - Returns: The hospital as it is now.
    /// - Throws: ``StoreError``: HOSPITAL_NOT_FOUND, INVALID_VALUE for a bad name or zone and when neither is given,
    ///   DATABASE_ERROR; or `CancellationError`. Nothing was changed then.
    package func updateHospital(
        code: String, name: String? = nil, timezone: String? = nil, actor: Identifier<User> = .system
    ) async throws -> HospitalSummary {
        guard name != nil || timezone != nil else {
            throw StoreError.invalid("nothing to change was given. give a name, a time zone or both")
        }
        let newName = try name.map { name throws(StoreError) in
            try AdministrationText.required(name, "the hospital's name")
        }
        let newZone = try timezone.map(Self.zone(named:))
        return try await transaction(.interactive) { transaction in
            let (id, _) = try await Self.lockedHospital(code, in: transaction)
            let rows = try await transaction.query(
                """
                WITH old AS (
                    SELECT id, name, timezone FROM hospitals WHERE id = \(id.uuid)
                ), h AS (
                    UPDATE hospitals SET name = coalesce(\(newName), name),
                        timezone = coalesce(\(newZone?.identifier), timezone), updated_at = now()
                    WHERE id = \(id.uuid) RETURNING id, code, name, timezone
                ), audit AS (
                    INSERT INTO audit_logs (user_id, hospital_id, action, resource, resource_id, old_values, new_values)
                    SELECT \(actor.uuid), h.id, 'UPDATE', 'hospitals', h.id,
                        jsonb_build_object('name', old.name, 'timezone', old.timezone),
                        jsonb_build_object('name', h.name, 'timezone', h.timezone)
                    FROM h JOIN old ON old.id = h.id
                )
                SELECT id, code, name, timezone FROM h
                """, operation: "update-hospital")
            guard let row = rows.first else { throw StoreError.unknownCode(code) }
            return try HospitalSummary(row)
        }
    }

    /// All live hospitals in the order of their codes.
    ///
    /// - Returns: Their summaries.
    /// - Throws: ``StoreError`` DATABASE_ERROR, or `CancellationError`.
    package func hospitals() async throws -> [HospitalSummary] {
        let rows = try await administrationQuery(
            "SELECT id, code, name, timezone FROM hospitals WHERE deleted_at IS NULL ORDER BY code",
            operation: "list-hospitals")
        return try rows.map { try HospitalSummary($0) }
    }

    private static func zone(named name: String) throws(StoreError) -> ScheduleZone {
        guard let zone = ScheduleZone(name) else {
            throw StoreError.invalid("the time zone is no IANA name such as America/New_York")
        }
        return zone
    }

    private static func isHospitalCode(_ code: String) -> Bool {
        code.wholeMatch(of: /[A-Z0-9][A-Z0-9_\-]{0,31}/) != nil
    }
}

/// Text that administrators type.
enum AdministrationText {
    /// Text without white space at its ends.
    ///
    /// - Parameters:
    ///   - text: As typed.
    ///   - what: For the error.
    /// - Returns: 1 to 255 characters.
    /// - Throws: ``StoreError`` INVALID_VALUE.
    static func required(_ text: String, _ what: String) throws(StoreError) -> String {
        let collapsed = NameKey.collapsed(text)
        guard (1...255).contains(collapsed.unicodeScalars.count), !collapsed.unicodeScalars.contains("\0") else {
            throw StoreError.invalid("\(what) has 1 to 255 characters")
        }
        return collapsed
    }
}

extension StoreError {
    static func invalid(_ message: String) -> StoreError { StoreError("INVALID_VALUE", message) }
}

extension ScheduleStore {
    /// One statement of an administrator, outside every phase's budget.
    func administrationQuery(_ statement: PostgresQuery, operation: String) async throws -> PostgresRows {
        try await query(statement, operation: operation, on: .interactive, tag: .phase)
    }

    /// Locks a live hospital for a change of its set-up.
    ///
    /// - Parameters:
    ///   - code: Its code.
    ///   - transaction: The transaction that keeps the lock.
    /// - Returns: Its id and settings.
    /// - Throws: ``StoreError`` HOSPITAL_NOT_FOUND, or what the statement throws.
    static func lockedHospital(
        _ code: String, in transaction: PostgresTransaction
    ) async throws -> (id: Identifier<Hospital>, settings: PostgresJSON) {
        let rows = try await transaction.query(
            "SELECT id, settings FROM hospitals WHERE code = \(code) AND deleted_at IS NULL FOR NO KEY UPDATE",
            operation: "lock-hospital")
        guard let row = rows.first else { throw StoreError.unknownCode(code) }
        return (try row.id("id"), try row.decode(PostgresJSON.self, "settings"))
    }
}

extension StoreError {
    static func unknownCode(_ code: String) -> StoreError {
        hospitalNotFound("with code \(ValidationMessage.escaped(code, limit: 50))")
    }
}
