/// Reads little-endian numbers out of a part of a file that is held in memory; offsets count from the file's first byte.
///
/// - Important: The caller has checked that what it reads lies inside the part.
struct ByteReader {
    private let bytes: [UInt8]
    /// Where the part starts in the file.
    let start: Int

    /// Reads a part of a source; what lies outside is left out.
    init(_ source: ByteSource, in range: Range<Int>) throws(ZipError) {
        bytes = try source.bytes(in: range)
        start = range.clamped(to: 0..<source.count).lowerBound
    }

    func uint16(at offset: Int) -> UInt16 {
        UInt16(bytes[offset - start]) | UInt16(bytes[offset - start + 1]) << 8
    }

    func uint32(at offset: Int) -> UInt32 {
        UInt32(uint16(at: offset)) | UInt32(uint16(at: offset + 2)) << 16
    }

    func bytes(in range: Range<Int>) -> [UInt8] {
        Array(bytes[range.lowerBound - start..<range.upperBound - start])
    }
}
