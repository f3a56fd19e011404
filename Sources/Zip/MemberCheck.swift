import CZlib

/// Counts and sums what comes out of one member, against its claims and the limits.
struct MemberCheck {
    let entry: ZipEntry
    let limits: InflateLimits
    private var produced = 0
    private var checksum: UInt

    init(entry: ZipEntry, limits: InflateLimits) {
        self.entry = entry
        self.limits = limits
        checksum = CZlib.crc32(0, nil, 0)
    }

    /// Takes in one piece before it is lent to the caller.
    mutating func add(_ piece: Span<UInt8>, consumed: Int) throws(ZipError) {
        produced += piece.count
        try limits.check(produced: produced, consumed: consumed)
        guard produced <= entry.uncompressedSize else {
            throw ZipError.damaged(reason: "it is larger than the \(entry.uncompressedSize) bytes it claims")
        }
        checksum = piece.withUnsafeBufferPointer { CZlib.crc32(checksum, $0.baseAddress, uInt($0.count)) }
    }

    /// Compares the totals with the member's claims, after the last piece.
    func finish() throws(ZipError) {
        guard produced == entry.uncompressedSize else {
            throw ZipError.damaged(reason: "it has \(produced) bytes and claims \(entry.uncompressedSize)")
        }
        guard checksum == UInt(entry.crc32) else {
            throw ZipError.damaged(reason: "its checksum does not match its bytes")
        }
    }
}
