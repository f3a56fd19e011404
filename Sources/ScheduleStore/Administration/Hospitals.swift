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
        guard let zone = ScheduleZone(timezone) else {
            throw StoreError.invalid("the time zone is no IANA name such as America/New_York")
        }
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

    /// All live hospitals in the order of their codes.
    ///
    /// - Returns: Their summaries.
    /// - Throws: ``StoreError`` DATABASE_ERROR, or `CancellationError`.
    package func hospitals() async throws -> [HospitalSummary] {
        let rows = try await administrationQuery(
            "SELECT id, code, name, timezone FROM hospitals WHERE deleted_at IS NULL ORDER BY code",
            operation: "list-hospitals")
        return try rows.map { row in
            HospitalSummary(
                id: try row.id("id"), code: try row.decode(String.self, "code"),
                name: try row.decode(String.self, "name"), timezone: try row.decode(String.self, "timezone"))
        }
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
