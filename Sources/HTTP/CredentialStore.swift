import Glibc

/// Finds secrets by name: in a protected file or folder, else in the environment (interfaces.md, `--secrets`).
///
/// Nothing is kept: each look-up reads again, so a changed file counts from the next request on.
package struct CredentialStore: Sendable {
    /// Stands before a credential's name in the environment.
    package static let variablePrefix = "SCHEDCU_SECRET_"

    private let path: String?
    private let environment: [String: String]

    /// Makes a store.
    ///
    /// - Parameters:
    ///   - path: A folder with one file a credential, named as it, or one file with a line `name: value` for each; `nil` for
    ///     the environment alone.
    ///   - environment: The process's variables.
    package init(path: String?, environment: [String: String]) {
        self.path = path
        self.environment = environment
    }

    /// The environment's name for a credential: `amion-north` is `SCHEDCU_SECRET_AMION_NORTH`.
    ///
    /// - Parameter name: The credential's name; `-` and `.` count as `_`.
    /// - Returns: The name of the variable.
    package static func variable(for name: String) -> String {
        variablePrefix + name.uppercased().map { $0 == "-" || $0 == "." ? "_" : String($0) }.joined()
    }

    /// Finds a secret; a file wins over the environment.
    ///
    /// - Parameter name: 1 to 64 of `A-Z a-z 0-9 - _ .`, not beginning with a full stop: what `credential_ref` holds.
    /// - Returns: The secret, without a line break at its end.
    /// - Throws: ``CredentialError``. A file that exists and cannot be used is an error, never a reason to look further.
    package func secret(named name: String) throws(CredentialError) -> Secret {
        try Self.check(name)
        if let path, let found = try find(name, at: path) { return found }
        let variable = Self.variable(for: name)
        if let text = environment[variable], !text.isEmpty { return Secret(text) }
        let places = path.map { "neither \($0) nor" } ?? "no"
        throw CredentialError(
            .notFound, "credential \(name): \(places) \(variable) has it; put it there, or correct credential_ref")
    }

    private func find(_ name: String, at path: String) throws(CredentialError) -> Secret? {
        switch try CredentialFile.kind(of: path) {
        case .folder:
            let file = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
            guard try CredentialFile.kind(of: file) == .file else { return nil }
            let text = try CredentialFile.read(file)
            guard !text.isEmpty, !text.utf8.contains(UInt8(ascii: "\n")) else {
                throw CredentialError(.malformed, "\(file): it must hold one line, the secret of \(name)")
            }
            return Secret(text)
        case .file:
            return try Self.list(in: path)[name]
        case nil:
            throw CredentialError(.unreadable, "\(path): there is no such file or folder of secrets; correct --secrets")
        }
    }

    /// Reads lines of `name: value` or `name=value`; empty ones and those that begin with `#` do not count.
    private static func list(in path: String) throws(CredentialError) -> [String: Secret] {
        var secrets: [String: Secret] = [:]
        let text = try CredentialFile.read(path)
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmingBlanks()
            if line.isEmpty || line.first == "#" { continue }
            let mark = line.firstIndex { $0 == ":" || $0 == "=" }
            let name = mark.map { String(line[..<$0].trimmingBlanks()) } ?? ""
            let value = mark.map { line[line.index(after: $0)...].trimmingBlanks() } ?? ""
            guard isName(name), !value.isEmpty, secrets[name] == nil else {
                throw CredentialError(
                    .malformed, "\(path): line \(index + 1) is not `name: value` with a name that comes once")
            }
            secrets[name] = Secret(String(value))
        }
        return secrets
    }

    private static func check(_ name: String) throws(CredentialError) {
        guard isName(name) else {
            // The name is not repeated: a code that was written in its place would be shown.
            throw CredentialError(
                .invalidName,
                "credential_ref must be the name of a credential: 1 to 64 letters, digits, hyphens, underscores and full "
                    + "stops, not beginning with a full stop")
        }
    }

    private static func isName(_ text: String) -> Bool {
        let letters = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.".utf8)
        return (1...64).contains(text.utf8.count) && text.first != "." && text.utf8.allSatisfy(letters.contains)
    }
}
