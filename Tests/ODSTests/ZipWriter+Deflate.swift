extension ZipWriter {
    /// DEFLATE data of a prefix and then `1 + 258 * runs` times one byte below 144 (RFC 1951, 3.2.4 and 3.2.6); it ends there.
    static func deflated(prefix: [UInt8], repeating byte: UInt8, runs: Int) -> [UInt8] {
        let length = UInt16(prefix.count)
        var data: [UInt8] = [0] + le16(length) + le16(~length) + prefix
        var pending: UInt32 = 0
        var bits = 0
        func put(_ value: UInt32, _ count: Int) {
            pending |= value << UInt32(bits)
            bits += count
            while bits >= 8 {
                data.append(UInt8(truncatingIfNeeded: pending))
                pending >>= 8
                bits -= 8
            }
        }
        put(0b011, 3)  // the last block, fixed codes
        // Codes stand with their highest bit first; a literal's is 48 more than itself.
        for bit in 0..<8 { put(UInt32(byte + 48) >> UInt32(7 - bit) & 1, 1) }
        for _ in 0..<runs {
            put(0b1010_0011, 8)  // length 258: symbol 285
            put(0, 5)  // distance 1
        }
        put(0, 7)  // end of block
        put(0, 7)  // fills the last byte
        return data
    }
}
