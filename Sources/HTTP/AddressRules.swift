import Glibc

/// Which addresses are ordinary public ones (domain.md section 12, rule 3; the IANA special-purpose registries).
enum AddressRules {
    /// Whether a request may connect to an address although its host is not marked `allowPrivate`.
    ///
    /// - Parameter address: Of family `AF_INET` or `AF_INET6`; any other family is refused.
    /// - Returns: `false` for loopback, private, link-local (cloud metadata among them) and other special addresses.
    static func isPublic(_ address: UnsafePointer<sockaddr>) -> Bool {
        let raw = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            let inet = raw.loadUnaligned(as: sockaddr_in.self)
            return isPublic(v4: UInt32(bigEndian: inet.sin_addr.s_addr))
        case AF_INET6:
            let inet = raw.loadUnaligned(as: sockaddr_in6.self)
            return isPublic(v6: withUnsafeBytes(of: inet.sin6_addr) { Array($0) })
        default:
            return false
        }
    }

    /// Whether an IPv4 address, as a number in host order, is an ordinary public one.
    static func isPublic(v4 address: UInt32) -> Bool {
        !specialV4.contains { network, length in address >> (32 - length) == network >> (32 - length) }
    }

    /// Whether an IPv6 address of 16 bytes is an ordinary public one; one that embeds an IPv4 address counts as that.
    static func isPublic(v6 bytes: [UInt8]) -> Bool {
        func v4(at offset: Int) -> UInt32 { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) } }
        if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            return isPublic(v4: v4(at: 12))  // ::ffff:0:0/96, IPv4-mapped
        }
        if bytes[..<12] == [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0] {
            return isPublic(v4: v4(at: 12))  // 64:ff9b::/96, NAT64
        }
        if bytes[0] == 0x20, bytes[1] == 0x02 { return isPublic(v4: v4(at: 2)) }  // 2002::/16, 6to4
        if bytes[0] == 0x20, bytes[1] == 0x01, bytes[2] < 0x02 { return false }  // 2001::/23, Teredo among them
        if bytes[..<4] == [0x20, 0x01, 0x0D, 0xB8] { return false }  // 2001:db8::/32, documentation
        return bytes[0] & 0xE0 == 0x20  // 2000::/3 is all that is global unicast
    }

    private static let specialV4: [(network: UInt32, length: UInt32)] = [
        (0x0000_0000, 8),  // 0.0.0.0/8, this network
        (0x0A00_0000, 8),  // 10.0.0.0/8, private
        (0x6440_0000, 10),  // 100.64.0.0/10, carrier NAT
        (0x7F00_0000, 8),  // 127.0.0.0/8, loopback
        (0xA9FE_0000, 16),  // 169.254.0.0/16, link-local, cloud metadata
        (0xAC10_0000, 12),  // 172.16.0.0/12, private
        (0xC000_0000, 24),  // 192.0.0.0/24, protocol assignments
        (0xC000_0200, 24),  // 192.0.2.0/24, documentation
        (0xC0A8_0000, 16),  // 192.168.0.0/16, private
        (0xC612_0000, 15),  // 198.18.0.0/15, benchmarking
        (0xC633_6400, 24),  // 198.51.100.0/24, documentation
        (0xCB00_7100, 24),  // 203.0.113.0/24, documentation
        (0xE000_0000, 3),  // 224.0.0.0 and above: multicast, reserved, broadcast
    ]
}
