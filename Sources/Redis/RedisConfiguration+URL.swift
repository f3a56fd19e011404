extension RedisConfiguration {
    /// Reads `redis://[user[:password]@]host[:port][/db]` or `unix://[user[:password]@]/path[?db=N]`.
    ///
    /// User, password and path may be percent-encoded. The port is 6379 and the database 0 unless told.
    ///
    /// - Parameter url: The address.
    /// - Throws: `.invalidConfiguration`, saying which part is wrong, without quoting the address, which may hold a
    ///   password.
    public init(url: String) throws(RedisError) {
        guard let schemeEnd = url.firstIndex(of: ":"), url[schemeEnd...].hasPrefix("://") else {
            throw Self.invalid("there is no scheme such as redis:// in front")
        }
        let rest = url[url.index(schemeEnd, offsetBy: 3)...]
        guard !rest.contains("#") else { throw Self.invalid("it has a fragment; write # in a password as %23") }
        switch url[..<schemeEnd].lowercased() {
        case "redis": try self.init(tcp: rest)
        case "unix": try self.init(unix: rest)
        case "rediss": throw Self.invalid("rediss:// (TLS) is not supported yet")
        case "redis-sentinel": throw Self.invalid("redis-sentinel:// is not supported yet")
        case "redis-cluster": throw Self.invalid("redis-cluster:// is not supported yet")
        default: throw Self.invalid("its scheme is neither redis:// nor unix://")
        }
    }

    private init(tcp rest: Substring) throws(RedisError) {
        guard !rest.contains("?") else {
            throw Self.invalid("redis:// takes no query; the database goes into the path")
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let (login, server) = Self.splitLogin(rest[..<slash])
        let (host, port) = try Self.hostAndPort(server)
        self.init(address: .tcp(host: host, port: port))
        let path = rest[slash...].drop { $0 == "/" }
        if !path.isEmpty { database = try Self.databaseNumber(path) }
        if let login { try setLogin(login) }
    }

    private init(unix rest: Substring) throws(RedisError) {
        let question = rest.firstIndex(of: "?") ?? rest.endIndex
        guard let slash = rest[..<question].firstIndex(of: "/") else {
            throw Self.invalid("unix:// wants an absolute path, as in unix:///run/redis.sock")
        }
        let (login, host) = Self.splitLogin(rest[..<slash])
        guard host.isEmpty else { throw Self.invalid("unix:// wants an absolute path, as in unix:///run/redis.sock") }
        self.init(address: .unix(path: try Self.percentDecoded(rest[slash..<question], part: "path")))
        if let login { try setLogin(login) }
        guard question < rest.endIndex else { return }
        let query = rest[question...].dropFirst()
        guard query.hasPrefix("db=") else { throw Self.invalid("unix:// takes no query but ?db=N") }
        database = try Self.databaseNumber(query.dropFirst(3))
    }

    private mutating func setLogin(_ login: Substring) throws(RedisError) {
        let colon = login.firstIndex(of: ":") ?? login.endIndex
        let user = try Self.percentDecoded(login[..<colon], part: "user")
        let secret = try Self.percentDecoded(login[colon...].dropFirst(), part: "password")
        username = user.isEmpty ? nil : user
        password = secret.isEmpty ? nil : secret
    }

    private static func splitLogin(_ authority: Substring) -> (login: Substring?, server: Substring) {
        guard let at = authority.lastIndex(of: "@") else { return (nil, authority) }
        return (authority[..<at], authority[authority.index(after: at)...])
    }

    private static func hostAndPort(_ server: Substring) throws(RedisError) -> (host: String, port: Int) {
        let host: Substring
        let rest: Substring
        if server.hasPrefix("[") {
            guard let end = server.firstIndex(of: "]") else { throw invalid("a [ in the host has no ]") }
            host = server[..<end].dropFirst()
            rest = server[server.index(after: end)...]
        } else {
            let colon = server.firstIndex(of: ":") ?? server.endIndex
            host = server[..<colon]
            rest = server[colon...]
        }
        guard !host.isEmpty else { throw invalid("there is no host") }
        guard !rest.isEmpty else { return (String(host), 6379) }
        guard rest.hasPrefix(":"), let port = digits(rest.dropFirst()), (1...65_535).contains(port) else {
            throw invalid("the port is not a number from 1 to 65535")
        }
        return (String(host), port)
    }

    private static func databaseNumber(_ text: Substring) throws(RedisError) -> Int {
        guard let number = digits(text) else { throw invalid("the database is not a number from 0") }
        return number
    }

    /// Plain digits only: `Int` alone would take a sign.
    private static func digits(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
    }

    private static func percentDecoded(_ text: Substring, part: String) throws(RedisError) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2).compactMap(hexValue)
            guard digits.count == 2 else {
                throw invalid("the \(part) has a % that two hexadecimal digits do not follow")
            }
            rest = rest.dropFirst(2)
            bytes.append(digits[0] << 4 | digits[1])
        }
        guard let decoded = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw invalid("the \(part) is not text once decoded")
        }
        return decoded
    }

    private static func hexValue(_ digit: UInt8) -> UInt8? {
        Character(UnicodeScalar(digit)).hexDigitValue.map(UInt8.init)
    }

    private static func invalid(_ reason: String) -> RedisError {
        RedisError(
            .invalidConfiguration, "the Redis address must look like redis://user:password@host:6379/0, but \(reason)")
    }
}
