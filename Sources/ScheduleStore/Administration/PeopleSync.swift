import Foundation
import Postgres
package import ScheduleModel

/// What a sync of the people registry changed.
package struct PeopleSyncSummary: Sendable, Hashable {
    /// People who were not known.
    package var added = 0
    /// People whose entry or hospitals changed.
    package var updated = 0
    /// People who became inactive because they are not listed.
    package var deactivated = 0

    /// Nothing changed.
    package init() {}
}

extension ScheduleStore {
    /// Makes the people of the database those of the registry (domain 9.2), in one transaction.
    ///
    /// People are known by their e-mail address. Unlisted active people become inactive, never deleted, and keep their
    /// links; the links of listed people become those listed.
    ///
    /// - Parameters:
    ///   - people: The whole registry.
    ///   - actor: Who signs it.
    /// - Returns: What changed; nothing on a second sync of the same registry.
    /// - Throws: ``StoreError``: INVALID_VALUE when two entries have one address, or two people one key in one hospital,
    ///   HOSPITAL_NOT_FOUND when a listed code is unknown, DATABASE_ERROR; or `CancellationError`. Nothing is kept then.
    package func syncPeople(
        _ people: [PersonEntry], actor: Identifier<User> = .system
    ) async throws -> PeopleSyncSummary {
        try Self.check(people)
        let entries = try StoredJSON.encode(people.map(StoredPerson.init))
        return try await transaction(.interactive) { transaction in
            // Two syncs at once would undo each other's half.
            try await transaction.execute(
                script: "LOCK TABLE persons IN SHARE ROW EXCLUSIVE MODE", operation: "lock-people")
            try await Self.checkHospitals(people, in: transaction)
            let written = try await transaction.query(PeopleStatements.upsert(entries), operation: "upsert-people")
            let linked = try await transaction.query(PeopleStatements.link(entries), operation: "link-people")
            let retired = try await transaction.query(
                PeopleStatements.retire(except: people.map { $0.email.lowercased() }), operation: "retire-people")
            let added = try written.filter { try $0.decode(Bool.self, "is_new") }.map { try $0.decode(UUID.self, "id") }
            let retiredIDs = try retired.map { try $0.decode(UUID.self, "id") }
            let changed = try (Array(written) + Array(linked)).map { try $0.decode(UUID.self, "id") }
            let updated = Set(changed).subtracting(added)
            _ = try await transaction.query(
                PeopleStatements.audit(created: added, updated: Array(updated) + retiredIDs, actor: actor),
                operation: "audit-people")
            var summary = PeopleSyncSummary()
            (summary.added, summary.updated) = (added.count, updated.count)
            summary.deactivated = retiredIDs.count
            return summary
        }
    }

    private static func check(_ people: [PersonEntry]) throws {
        var emails: Set<String> = []
        for (index, person) in people.enumerated() {
            guard emails.insert(person.email.lowercased()).inserted else {
                throw StoreError.invalid(
                    "person \(index + 1) has the e-mail address of an earlier entry. list each once")
            }
            _ = try AdministrationText.required(person.name, "the name of person \(index + 1)")
            _ = try AdministrationText.required(person.email, "the e-mail address of person \(index + 1)")
            guard (person.phone?.count ?? 0) <= 50 else {
                throw StoreError.invalid("the phone number of person \(index + 1) is longer than 50 characters")
            }
            if let from = person.activeFrom, let to = person.activeTo, to < from {
                throw StoreError.invalid("person \(index + 1) is active until a date before the first")
            }
        }
        if let conflict = PersonKeyConflict.all(in: people).first {
            throw StoreError.invalid(
                "persons \(conflict.first + 1) and \(conflict.second + 1) share a name or alias in hospital "
                    + "\(ValidationMessage.escaped(conflict.hospital, limit: 50)). give one of them another spelling")
        }
    }

    private static func checkHospitals(_ people: [PersonEntry], in transaction: PostgresTransaction) async throws {
        let codes = Set(people.flatMap(\.hospitals)).sorted()
        let unknown = try await transaction.query(
            """
            SELECT c.code FROM unnest(\(codes)) AS c (code)
            WHERE NOT EXISTS (SELECT 1 FROM hospitals h WHERE h.code = c.code AND h.deleted_at IS NULL)
            """, operation: "check-hospitals")
        guard let row = unknown.first else { return }
        throw StoreError.unknownCode(try row.decode(String.self, "code"))
    }
}

/// A person as the statements read it.
private struct StoredPerson: Encodable {
    let email, name, specialty: String
    let phone: String?
    let aliases, alias_keys, hospitals: [String]
    let active_from: LocalDate?
    let active_to: LocalDate?

    init(_ entry: PersonEntry) {
        (email, name, specialty) = (entry.email, entry.name, entry.specialty.rawValue)
        (phone, aliases, alias_keys) = (entry.phone, entry.aliases, entry.aliasKeys)
        hospitals = Set(entry.hospitals).sorted()
        (active_from, active_to) = (entry.activeFrom, entry.activeTo)
    }
}

/// The statements of a sync.
private enum PeopleStatements {
    /// Adds people and changes those that differ; a row for each, `is_new` tells them apart.
    static func upsert(_ entries: PostgresJSON) -> PostgresQuery {
        """
        INSERT INTO persons AS p (email, name, specialty, phone, aliases, alias_keys)
        SELECT e.email, e.name, e.specialty, e.phone, e.aliases, e.alias_keys
        FROM jsonb_to_recordset(\(entries)) AS e (email text, name text, specialty text, phone text, aliases text[],
            alias_keys text[])
        ON CONFLICT (lower(email)) WHERE deleted_at IS NULL DO UPDATE SET email = EXCLUDED.email, name = EXCLUDED.name,
            specialty = EXCLUDED.specialty, phone = EXCLUDED.phone, aliases = EXCLUDED.aliases,
            alias_keys = EXCLUDED.alias_keys, active = true, updated_at = now()
        WHERE NOT p.active OR (p.email, p.name, p.specialty, p.phone, p.aliases, p.alias_keys) IS DISTINCT FROM
            (EXCLUDED.email, EXCLUDED.name, EXCLUDED.specialty, EXCLUDED.phone, EXCLUDED.aliases, EXCLUDED.alias_keys)
        RETURNING p.id, p.xmax = 0 AS is_new
        """
    }

    /// Makes the links of listed people those listed; the people whose links changed.
    static func link(_ entries: PostgresJSON) -> PostgresQuery {
        """
        WITH listed AS MATERIALIZED (
            SELECT p.id AS person_id, e.hospitals, coalesce(e.active_from, '0001-01-01') AS active_from, e.active_to
            FROM jsonb_to_recordset(\(entries)) AS e (email text, hospitals text[], active_from date, active_to date)
            JOIN persons p ON lower(p.email) = lower(e.email) AND p.deleted_at IS NULL
        ), wanted AS MATERIALIZED (
            SELECT l.person_id, h.id AS hospital_id, l.active_from, l.active_to
            FROM listed l JOIN hospitals h ON h.code = ANY (l.hospitals) AND h.deleted_at IS NULL
        ), dropped AS (
            DELETE FROM person_hospitals x USING listed l
            WHERE x.person_id = l.person_id AND NOT EXISTS (SELECT 1 FROM wanted w WHERE w.person_id = x.person_id
                AND w.hospital_id = x.hospital_id AND w.active_from = x.active_from)
            RETURNING x.person_id
        ), written AS (
            INSERT INTO person_hospitals AS x (person_id, hospital_id, active_from, active_to)
            SELECT person_id, hospital_id, active_from, active_to FROM wanted
            ON CONFLICT (person_id, hospital_id, active_from) DO UPDATE SET active_to = EXCLUDED.active_to
            WHERE x.active_to IS DISTINCT FROM EXCLUDED.active_to
            RETURNING x.person_id
        )
        SELECT person_id AS id FROM dropped UNION SELECT person_id FROM written
        """
    }

    /// Makes unlisted active people inactive; a row for each.
    static func retire(except emails: [String]) -> PostgresQuery {
        """
        UPDATE persons SET active = false, updated_at = now()
        WHERE active AND deleted_at IS NULL AND lower(email) <> ALL (\(emails)) RETURNING id
        """
    }

    /// An audit row for each person; the person's present state, without name and address.
    static func audit(created: [UUID], updated: [UUID], actor: Identifier<User>) -> PostgresQuery {
        """
        INSERT INTO audit_logs (user_id, action, resource, resource_id, new_values)
        SELECT \(actor.uuid), CASE WHEN p.id = ANY (\(created)) THEN 'CREATE' ELSE 'UPDATE' END, 'persons', p.id,
            jsonb_build_object('active', p.active, 'specialty', p.specialty)
        FROM persons p WHERE p.id = ANY (\(created + updated))
        """
    }
}
