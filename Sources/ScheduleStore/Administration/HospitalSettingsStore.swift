import Foundation
import Postgres
package import ScheduleModel

/// One setting of a hospital, for lists.
package struct HospitalSetting: Sendable, Hashable {
    /// Such as `amion.base_url`.
    package let path: String
    /// The value as JSON text.
    package let json: String
}

extension ScheduleStore {
    /// A hospital's settings in the order of their paths; what is not set is not listed.
    ///
    /// - Parameter code: The hospital's code.
    /// - Returns: The settings.
    /// - Throws: ``StoreError``: HOSPITAL_NOT_FOUND, DATABASE_ERROR; or `CancellationError`.
    package func hospitalSettings(code: String) async throws -> [HospitalSetting] {
        let rows = try await administrationQuery(
            "SELECT settings FROM hospitals WHERE code = \(code) AND deleted_at IS NULL", operation: "list-settings")
        guard let row = rows.first else { throw StoreError.unknownCode(code) }
        let settings = try SettingsDocument(try row.decode(PostgresJSON.self, "settings"))
        return try SettingsDocument.paths.compactMap { path in
            try settings.json(at: path).map { HospitalSetting(path: path, json: $0) }
        }
    }

    /// Sets one setting of a hospital (domain 7); workers see it within a minute.
    ///
    /// - Parameters:
    ///   - code: The hospital's code.
    ///   - path: Such as `amion.base_url`; a path that domain 7 does not name is refused.
    ///   - value: JSON text; what is no JSON is taken as a string. `null` takes the setting back to its default.
    ///   - actor: Who signs it.
    /// - Throws: ``StoreError``: HOSPITAL_NOT_FOUND, INVALID_VALUE for an unknown path or a value of the wrong kind,
    ///   DATABASE_ERROR; or `CancellationError`.
    package func setHospitalSetting(
        code: String, path: String, value: String, actor: Identifier<User> = .system
    ) async throws {
        guard SettingsDocument.paths.contains(path) else {
            throw StoreError.invalid(
                "there is no setting \(ValidationMessage.escaped(path, limit: 60)). choose one of "
                    + SettingsDocument.paths.joined(separator: ", "))
        }
        try await transaction(.interactive) { transaction in
            let (id, stored) = try await Self.lockedHospital(code, in: transaction)
            var settings = try SettingsDocument(stored)
            let old = PostgresJSON(try settings.json(at: path) ?? "null")
            try settings.set(value, at: path)
            let new = PostgresJSON(try settings.json(at: path) ?? "null")
            _ = try await transaction.query(
                """
                WITH h AS (
                    UPDATE hospitals SET settings = \(try settings.document), updated_at = now() WHERE id = \(id.uuid)
                    RETURNING id
                )
                INSERT INTO audit_logs (user_id, hospital_id, action, resource, resource_id, old_values, new_values)
                SELECT \(actor.uuid), h.id, 'UPDATE', 'hospitals', h.id, jsonb_build_object(\(path), \(old)),
                    jsonb_build_object(\(path), \(new))
                FROM h
                """, operation: "set-setting")
        }
    }
}

/// `hospitals.settings` as a document that keeps keys it does not know.
struct SettingsDocument {
    /// Every setting of domain 7, sorted.
    static let paths = [
        "amion.adapter", "amion.after_midnight_date", "amion.assignment_types", "amion.base_url",
        "amion.credential_ref",
        "amion.ignored_roles", "amion.min_age_s", "amion.request_style", "amion.year_mode", "coverage.threshold",
        "layout_a.reject_past", "layout_a.specialty_map", "layout_a.study_map", "rate_policy.interval_ms",
        "rate_policy.lanes", "rate_policy.scope",
    ]

    private var groups: [String: [String: JSONValue]]

    /// Reads the stored document; what is no object is dropped.
    init(_ stored: PostgresJSON) throws {
        do {
            let values = try JSONDecoder().decode([String: JSONValue].self, from: Data(stored.bytes))
            groups = values.compactMapValues { value in
                if case .object(let members) = value { members } else { nil }
            }
        } catch {
            throw StoreError.unreadable("settings of a hospital")
        }
    }

    /// The value at a path as JSON text; `nil` when it is not set.
    func json(at path: String) throws -> String? {
        let (group, key) = Self.parts(path)
        guard let value = groups[group]?[key] else { return nil }
        return try StoredJSON.encode(value).text
    }

    /// Sets a value, and checks that the whole document can still be read.
    ///
    /// - Parameters:
    ///   - text: JSON, or a plain string; `null` removes.
    ///   - path: One of ``paths``.
    /// - Throws: ``StoreError`` INVALID_VALUE; the document is then of no use.
    mutating func set(_ text: String, at path: String) throws {
        let (group, key) = Self.parts(path)
        let value = (try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))) ?? .string(text)
        groups[group, default: [:]][key] = value == .null ? nil : value
        guard Self.choices[path].map({ $0.contains(value) || value == .null }) ?? true,
            (try? JSONDecoder().decode(HospitalSettings.self, from: Data(try document.bytes))) != nil,
            Self.isInRange(value, at: path)
        else {
            let choices = Self.choices[path].map { ": one of \($0.compactMap(\.text).joined(separator: ", "))" } ?? ""
            throw StoreError.invalid("the value is not of the kind that \(path) takes\(choices)")
        }
    }

    /// The whole document.
    var document: PostgresJSON { get throws { try StoredJSON.encode(groups) } }

    private static func parts(_ path: String) -> (group: String, key: String) {
        let parts = path.split(separator: ".", maxSplits: 1)
        return (String(parts.first ?? ""), String(parts.last ?? ""))
    }

    private static func isInRange(_ value: JSONValue, at path: String) -> Bool {
        guard case .number(let number) = value else { return true }
        return switch path {
        case "rate_policy.lanes": (1...100).contains(number)
        case "coverage.threshold": (0...100).contains(number)
        default: number >= 0
        }
    }

    private static let choices: [String: [JSONValue]] = [
        "amion.adapter": ["html", "csv"].map(JSONValue.string),
        "amion.after_midnight_date": ["calendar", "evening"].map(JSONValue.string),
        "amion.request_style": ["monthYear", "split"].map(JSONValue.string),
        "amion.year_mode": ["calendar", "scheduleYear"].map(JSONValue.string),
        "rate_policy.scope": ["perLane", "global"].map(JSONValue.string),
    ]
}

/// Any JSON value.
enum JSONValue: Sendable, Hashable, Codable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The string, when it is one.
    var text: String? { if case .string(let text) = self { text } else { nil } }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        // A whole number is written without a fraction, so that it can be read as an integer again.
        case .number(let value):
            if let whole = Int(exactly: value) { try container.encode(whole) } else { try container.encode(value) }
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
