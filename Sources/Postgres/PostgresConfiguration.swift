import CLibPQ

/// How to reach a Postgres server, and how a session on it behaves.
package struct PostgresConfiguration: Sendable, CustomStringConvertible {
    /// A `postgresql://` URI or a `key=value` connection string; `nil` leaves all to libpq's own `PG*` variables.
    package var url: String?
    /// Shown in `pg_stat_activity`, unless the URL names another.
    package var applicationName: String
    /// The time limit for making a connection, name look-up not included; 5 s.
    package var connectTimeout: Duration
    /// The session's `search_path`, names already quoted where they need it; `nil` keeps the server's.
    package var searchPath: String?
    /// The server's limit for a statement outside a transaction; 60 s.
    package var statementTimeout: Duration
    /// How long a caller waits for a free connection of a pool; 30 s.
    package var poolTimeout: Duration

    /// Makes a configuration; nothing is checked before the first connection.
    ///
    /// - Parameters:
    ///   - url: A URI or a connection string; `nil` for libpq's own `PG*` variables.
    ///   - applicationName: Shown in `pg_stat_activity`.
    ///   - connectTimeout: The time limit for making a connection.
    ///   - searchPath: The session's `search_path`, or `nil` for the server's.
    ///   - statementTimeout: The server's limit for a statement outside a transaction.
    ///   - poolTimeout: How long a caller waits for a free connection of a pool.
    package init(
        url: String?, applicationName: String = "schedcu", connectTimeout: Duration = .seconds(5),
        searchPath: String? = nil, statementTimeout: Duration = .seconds(60), poolTimeout: Duration = .seconds(30)
    ) {
        self.url = url
        self.applicationName = applicationName
        self.connectTimeout = connectTimeout
        self.searchPath = searchPath
        self.statementTimeout = statementTimeout
        self.poolTimeout = poolTimeout
    }

    /// User, host, port and database, never a password.
    package var description: String {
        guard let url else { return "postgres as PG* variables say" }
        guard let values = try? Self.parse(url) else { return "postgres at an unreadable URL" }
        let user = values["user"].map { $0 + "@" } ?? ""
        let host = values["host"] ?? values["hostaddr"] ?? "local socket"
        let port = values["port"].map { ":" + $0 } ?? ""
        return "postgres at \(user)\(host)\(port)/\(values["dbname"] ?? "")"
    }

    /// Whether a URL holds a password, which would then show in a process list.
    ///
    /// - Parameter url: A URI or a connection string; one that cannot be read counts when it looks as if it held one.
    /// - Returns: Whether it does.
    package static func containsPassword(_ url: String) -> Bool {
        guard let values = try? parse(url) else {
            let beforeHost = url.split(separator: "@").first ?? ""
            let afterScheme = beforeHost.split(separator: "/").last ?? ""
            return url.contains("password") || url.contains("@") && afterScheme.contains(":")
        }
        return values["password"]?.isEmpty == false || values["sslpassword"]?.isEmpty == false
    }

    /// What `PQconnectStartParams` is given.
    ///
    /// The URL's own settings win, but for the encoding, on which decoding depends.
    func parameters() throws(PostgresError) -> [String: String] {
        var values = [
            "fallback_application_name": applicationName,
            // A partner that is gone without a word is noticed in half a minute, not in two hours.
            "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3", "tcp_user_timeout": "30000",
        ]
        if let url { values.merge(try Self.parse(url)) { _, own in own } }
        values["client_encoding"] = "UTF8"
        return values
    }

    /// Takes a URI or connection string apart.
    static func parse(_ url: String) throws(PostgresError) -> [String: String] {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &message) else {
            // libpq quotes the piece it cannot read, which may be the password.
            let text = message.map { String(cString: $0) } ?? "out of memory"
            PQfreemem(message)
            let reason = PostgresError.withoutQuotedText(text.trimmedLine)
            throw PostgresError(.connectFailed, "the Postgres URL cannot be read: \(reason)")
        }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return values
    }
}

extension PostgresConfiguration: CustomReflectable {
    /// Hides the URL's password from `dump` and `String(reflecting:)`.
    package var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

extension String {
    /// The text without white space at either end, its line ends made spaces.
    var trimmedLine: String {
        split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
