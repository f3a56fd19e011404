/// Writes small archives for tests, with every field a reader looks at open to being wrong.
struct ZipWriter {
    /// One member.
    struct Member {
        var name: String
        var content: [UInt8]
        /// The bytes in the archive when they are not the content itself.
        var compressed: [UInt8]?
        var method: UInt16 = 0
        var flags: UInt16 = 0
        var extra: [UInt8] = []
        var claimedSize: Int?
        var claimedChecksum: UInt32?
        /// Whether sizes and checksum follow the data and the local header has zeros.
        var hasDataDescriptor = false

        init(_ name: String, _ content: [UInt8]) {
            self.name = name
            self.content = content
        }
    }

    var members: [Member] = []
    var comment: [UInt8] = []
    var disk: UInt16 = 0

    /// The archive's bytes.
    var bytes: [UInt8] {
        var archive: [UInt8] = []
        var directory: [UInt8] = []
        for member in members {
            let offset = archive.count
            let data = member.compressed ?? member.content
            let size = member.claimedSize ?? member.content.count
            let flags = member.flags | (member.hasDataDescriptor ? 8 : 0)
            let sums =
                le32(member.claimedChecksum ?? crc32(member.content)) + le32(UInt32(data.count)) + le32(UInt32(size))
            let start = le16(20) + le16(flags) + le16(member.method) + le32(0)
            let lengths = le16(UInt16(member.name.utf8.count)) + le16(UInt16(member.extra.count))
            archive += le32(0x0403_4b50) + start
            archive += member.hasDataDescriptor ? [UInt8](repeating: 0, count: 12) : sums
            archive += lengths + Array(member.name.utf8) + member.extra + data
            if member.hasDataDescriptor { archive += le32(0x0807_4b50) + sums }
            directory += le32(0x0201_4b50) + le16(20) + start + sums + lengths
            directory += le16(0) + le16(0) + le16(0) + le32(0) + le32(UInt32(offset))
            directory += Array(member.name.utf8) + member.extra
        }
        let count = le16(UInt16(members.count))
        let end = le32(0x0605_4b50) + le16(disk) + le16(disk) + count + count
        let place = le32(UInt32(directory.count)) + le32(UInt32(archive.count))
        return archive + directory + end + place + le16(UInt16(comment.count)) + comment
    }

    /// DEFLATE data that holds the content as it is, in stored blocks.
    static func storedBlocks(_ content: [UInt8]) -> [UInt8] {
        var data: [UInt8] = []
        var rest = content[...]
        repeat {
            let block = rest.prefix(65_535)
            rest = rest.dropFirst(block.count)
            let length = UInt16(block.count)
            data += [rest.isEmpty ? 1 : 0] + le16(length) + le16(~length) + block
        } while !rest.isEmpty
        return data
    }

    /// DEFLATE data of a zero and then `runs` times 258 more zeros, about 159 bytes for each byte (RFC 1951, 3.2.6).
    static func zeros(runs: Int) -> [UInt8] {
        var data: [UInt8] = []
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
        put(0b0000_1100, 8)  // literal 0: code 00110000, first bit first
        for _ in 0..<runs {
            put(0b1010_0011, 8)  // length 258: symbol 285, code 11000101
            put(0, 5)  // distance 1
        }
        put(0, 7)  // end of block
        put(0, 7)  // fills the last byte
        return data
    }
}

/// A number's two bytes, lowest first.
func le16(_ value: UInt16) -> [UInt8] { [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)] }

/// A number's four bytes, lowest first.
func le32(_ value: UInt32) -> [UInt8] { le16(UInt16(truncatingIfNeeded: value)) + le16(UInt16(value >> 16)) }

/// The checksum archives use, bit by bit.
func crc32(_ bytes: [UInt8]) -> UInt32 {
    var remainder = UInt32.max
    for byte in bytes {
        remainder ^= UInt32(byte)
        for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0xEDB8_8320 : remainder >> 1 }
    }
    return ~remainder
}
