import Glibc

/// One address that a socket can connect to.
struct SocketAddress: Sendable, Equatable {
    /// `AF_INET`, `AF_INET6` or `AF_UNIX`.
    let family: Int32
    /// The `sockaddr` structure, byte for byte.
    let bytes: [UInt8]

    /// Finds the addresses of a server; blocks while a name server is asked, so call it on a thread that may wait.
    ///
    /// - Parameter address: A host and port, or a path.
    /// - Returns: One address at least, in the system's order of preference.
    /// - Throws: `.connectFailed` for an unknown host, `.invalidConfiguration` for a path that is too long.
    static func resolve(_ address: RedisConfiguration.Address) throws(RedisError) -> [SocketAddress] {
        switch address {
        case .tcp(let host, let port): try lookUp(host: host, port: port)
        case .unix(let path): [try unix(path: path)]
        }
    }

    private static func lookUp(host: String, port: Int) throws(RedisError) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0 else {
            throw RedisError(.connectFailed, "looking up \(host) failed: \(String(cString: gai_strerror(status)))")
        }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee {
            let bytes = Array(UnsafeRawBufferPointer(start: entry.ai_addr, count: Int(entry.ai_addrlen)))
            addresses.append(SocketAddress(family: entry.ai_family, bytes: bytes))
            next = entry.ai_next
        }
        guard !addresses.isEmpty else { throw RedisError(.connectFailed, "\(host) has no address") }
        return addresses
    }

    /// `sun_path` holds 108 bytes, its zero included (unix(7)).
    private static let longestPath = 107

    private static func unix(path: String) throws(RedisError) -> SocketAddress {
        guard path.utf8.count <= longestPath else {
            throw RedisError(.connectFailed, "the socket's path has more than \(longestPath) bytes: \(path)")
        }
        let family = withUnsafeBytes(of: sa_family_t(AF_UNIX)) { Array($0) }
        return SocketAddress(family: AF_UNIX, bytes: family + Array(path.utf8) + [0])
    }
}
