/// SHA-256 (FIPS 180-4): names file contents, payloads and scraped rows.
package struct SHA256 {
    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]

    /// What does not fill a block of 64 bytes yet.
    private var rest: [UInt8] = []
    private var byteCount: UInt64 = 0

    /// Starts a digest, of nothing so far.
    package init() {}

    /// The digest of some bytes as 64 lower-case hexadecimal digits.
    package static func hex(_ bytes: [UInt8]) -> String {
        var hash = SHA256()
        hash.add(bytes.span)
        return hash.finishedHex()
    }

    /// The 32 bytes of the digest of some bytes.
    package static func digest(_ bytes: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.add(bytes.span)
        return hash.finished()
    }

    /// Takes in the next bytes; pieces may be cut anywhere.
    package mutating func add(_ bytes: Span<UInt8>) {
        byteCount += UInt64(bytes.count)
        var words = [UInt32](repeating: 0, count: 64)
        var position = 0
        while !rest.isEmpty || bytes.count - position < 64 {
            guard position < bytes.count else { return }
            rest.append(bytes[position])
            position += 1
            guard rest.count == 64 else { continue }
            let block = rest
            rest = []
            mix(block.span, at: 0, words: &words)
        }
        while bytes.count - position >= 64 {
            mix(bytes, at: position, words: &words)
            position += 64
        }
        for index in position..<bytes.count { rest.append(bytes[index]) }
    }

    /// The 32 bytes of the digest of everything that was added.
    package consuming func finished() -> [UInt8] {
        let bits = byteCount * 8
        var tail: [UInt8] = [0x80]
        tail += [UInt8](repeating: 0, count: (119 - rest.count) % 64)
        tail += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * $0)) }
        add(tail.span)
        return state.flatMap { word in
            (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) }
        }
    }

    /// The same as 64 lower-case hexadecimal digits.
    package consuming func finishedHex() -> String {
        let digits = Array("0123456789abcdef")
        return String(finished().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    private mutating func mix(_ bytes: Span<UInt8>, at start: Int, words w: inout [UInt32]) {
        for index in 0..<16 {
            let at = start + index * 4
            w[index] =
                UInt32(bytes[at]) << 24 | UInt32(bytes[at + 1]) << 16 | UInt32(bytes[at + 2]) << 8
                | UInt32(bytes[at + 3])
        }
        for index in 16..<64 {
            let (x, y) = (w[index - 15], w[index - 2])
            let small0 = Self.rotated(x, 7) ^ Self.rotated(x, 18) ^ x >> 3
            let small1 = Self.rotated(y, 17) ^ Self.rotated(y, 19) ^ y >> 10
            w[index] = w[index - 16] &+ small0 &+ w[index - 7] &+ small1
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for index in 0..<64 {
            let big1 = Self.rotated(e, 6) ^ Self.rotated(e, 11) ^ Self.rotated(e, 25)
            let first = h &+ big1 &+ ((e & f) ^ (~e & g)) &+ Self.constants[index] &+ w[index]
            let big0 = Self.rotated(a, 2) ^ Self.rotated(a, 13) ^ Self.rotated(a, 22)
            let second = big0 &+ ((a & b) ^ (a & c) ^ (b & c))
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
        }
        for (index, value) in [a, b, c, d, e, f, g, h].enumerated() { state[index] = state[index] &+ value }
    }

    private static func rotated(_ word: UInt32, _ by: UInt32) -> UInt32 { word >> by | word << (32 - by) }
}
