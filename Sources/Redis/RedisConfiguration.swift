/// Where Redis is and how to log in.
///
/// Its descriptions mask the password; reflection (`dump`, `Mirror`) does too.
public struct RedisConfiguration: Sendable, Equatable {
    /// How the server is reached.
    public enum Address: Sendable, Equatable {
        /// A host name or IP address (IPv6 without brackets) and a port.
        case tcp(host: String, port: Int)
        /// A Unix domain socket's path, at most 107 bytes.
        case unix(path: String)
    }

    /// How the server is reached.
    public var address: Address
    /// The number of the database, from 0.
    public var database: Int
    /// The ACL user; `nil` for the default one.
    public var username: String?
    /// The user's password; `nil` where none is needed.
    public var password: String?
    /// The limit for one attempt to connect, name look-up and log-in included; 5 s unless told.
    public var connectTimeout: Duration
    /// The limit for one command, the wait for a connection included; 10 s unless told.
    public var commandTimeout: Duration

    /// Makes a configuration from its parts; nothing is looked up.
    public init(
        address: Address, database: Int = 0, username: String? = nil, password: String? = nil,
        connectTimeout: Duration = .seconds(5), commandTimeout: Duration = .seconds(10)
    ) {
        self.address = address
        self.database = database
        self.username = username
        self.password = password
        self.connectTimeout = connectTimeout
        self.commandTimeout = commandTimeout
    }

    /// Where the server is, for messages: `host:port` or the socket's path.
    var place: String {
        switch address {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }
}

extension RedisConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The address as a URL, with `***` for the password.
    public var description: String {
        var login = username ?? ""
        if password != nil { login += ":***" }
        if !login.isEmpty { login += "@" }
        return switch address {
        case .tcp: "redis://\(login)\(place)/\(database)"
        case .unix: "unix://\(login)\(place)?db=\(database)"
        }
    }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// The masked address only.
    public var customMirror: Mirror { Mirror(self, children: ["url": description]) }
}
