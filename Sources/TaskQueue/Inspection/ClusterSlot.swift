/// Which of the 16,384 slots of a Redis Cluster a key is in, computed here as the cluster computes it.
enum ClusterSlot {
    /// How many slots a cluster has.
    static let count = 16_384

    /// The slot of a key.
    ///
    /// CRC-16/XMODEM of what stands between the first `{` and the next `}`, of the whole key when that is nothing. Source:
    /// the Redis Cluster specification.
    static func slot(of key: String) -> Int {
        let bytes = Array(key.utf8)
        var hashed = bytes[...]
        if let open = bytes.firstIndex(of: UInt8(ascii: "{")),
            let close = bytes[(open + 1)...].firstIndex(of: UInt8(ascii: "}")), close > open + 1
        {
            hashed = bytes[(open + 1)..<close]
        }
        return Int(crc16(hashed)) % count
    }

    /// CRC-16 with the polynomial 0x1021, from 0, not reflected.
    private static func crc16(_ bytes: ArraySlice<UInt8>) -> UInt16 {
        var sum: UInt16 = 0
        for byte in bytes {
            sum ^= UInt16(byte) << 8
            for _ in 0..<8 { sum = sum & 0x8000 == 0 ? sum << 1 : sum << 1 ^ 0x1021 }
        }
        return sum
    }
}
