import Postgres
package import ScheduleModel

/// What a user may do.
package enum UserRole: String, Sendable, Hashable, Codable, CaseIterable {
    case admin = "ADMIN"
    case scheduler = "SCHEDULER"
    case viewer = "VIEWER"
    case user = "USER"
}

/// Somebody who uses the system, for signing.
package struct UserSummary: Sendable, Hashable {
    package let id: Identifier<User>
    package let role: UserRole
    /// Whether the user may log in.
    package let isActive: Bool
}

extension ScheduleStore {
    /// The live user with an e-mail address, compared without case.
    ///
    /// - Parameter email: The address.
    /// - Returns: The user, `nil` when there is none.
    /// - Throws: ``StoreError`` DATABASE_ERROR, or `CancellationError`.
    package func userID(email: String) async throws -> UserSummary? {
        let rows = try await administrationQuery(
            "SELECT id, role, active FROM users WHERE lower(email) = lower(\(email)) AND deleted_at IS NULL",
            operation: "find-user")
        return try rows.first.map { row in
            guard let role = UserRole(rawValue: try row.decode(String.self, "role")) else {
                throw StoreError.unreadable("role of a user")
            }
            return UserSummary(id: try row.id("id"), role: role, isActive: try row.decode(Bool.self, "active"))
        }
    }

    /// Adds a user without a password.
    ///
    /// - Parameters:
    ///   - email: The address, unique among live users without case.
    ///   - role: What the user may do.
    ///   - displayName: What people call the user.
    ///   - actor: Who signs it.
    /// - Returns: The new user's id.
    /// - Throws: ``StoreError``: INVALID_VALUE, DUPLICATE_ENTRY, DATABASE_ERROR; or `CancellationError`.
    package func createUser(
        email: String, role: UserRole, displayName: String? = nil, actor: Identifier<User> = .system
    ) async throws -> Identifier<User> {
        let email = try AdministrationText.required(email, "the e-mail address")
        guard email.wholeMatch(of: /[^@\s]+@[^@\s]+/) != nil else {
            throw StoreError.invalid("the e-mail address is none: it needs one @ and no white space")
        }
        let rows = try await administrationQuery(
            """
            WITH u AS (
                INSERT INTO users (email, role, display_name) VALUES (\(email), \(role.rawValue), left(\(displayName), 255))
                ON CONFLICT (lower(email)) WHERE deleted_at IS NULL DO NOTHING RETURNING id
            ), audit AS (
                INSERT INTO audit_logs (user_id, action, resource, resource_id, new_values)
                SELECT \(actor.uuid), 'CREATE', 'users', u.id, jsonb_build_object('role', \(role.rawValue)) FROM u
            )
            SELECT id FROM u
            """, operation: "create-user")
        guard let row = rows.first else {
            throw StoreError("DUPLICATE_ENTRY", "a live user has this e-mail address already. use that one")
        }
        return try row.id("id")
    }
}
