/// The list of members at the end of an archive.
struct CentralDirectory {
    let entries: [ZipEntry]
    /// Where the directory starts; members' bytes lie before it.
    let offset: Int

    /// Bit 0 (encrypted), bit 6 (strong encryption) and bit 13 (masked headers) of a member's flags.
    static let encryptedFlags: UInt16 = 0x2041

    private static let signature: UInt32 = 0x0201_4b50
    private static let headerSize = 46
    private static let zip64ExtraField: UInt16 = 0x0001

    init(_ source: ByteSource) throws(ZipError) {
        let end = try EndRecord(source)
        var entries: [ZipEntry] = []
        var names = Set<[UInt8]>()
        var position = end.directoryOffset
        let limit = end.directoryOffset + end.directorySize
        let reader = try ByteReader(source, in: position..<limit)
        for number in stride(from: 1, through: end.entryCount, by: 1) {
            let (entry, next) = try Self.entry(reader, at: position, limit: limit, number: number)
            if let fault = Self.fault(ofName: entry.nameBytes) {
                throw ZipError.unsafeName(reason: "member \(number) has \(fault)")
            }
            guard names.insert(entry.nameBytes).inserted else {
                throw ZipError.duplicateName(reason: "member \(number) has the name of another one")
            }
            entries.append(entry)
            position = next
        }
        guard position == limit else {
            throw ZipError.damaged(reason: "the directory holds more than its \(end.entryCount) members")
        }
        self.entries = entries
        offset = end.directoryOffset
    }

    /// Reads one member's header; `number` counts from 1.
    ///
    /// - Returns: The member, and where the next header starts.
    private static func entry(
        _ reader: ByteReader, at position: Int, limit: Int, number: Int
    ) throws(ZipError) -> (entry: ZipEntry, next: Int) {
        guard position + headerSize <= limit, reader.uint32(at: position) == signature else {
            throw ZipError.damaged(reason: "no directory header at byte \(position)")
        }
        let nameStart = position + headerSize
        let nameEnd = nameStart + Int(reader.uint16(at: position + 28))
        let extraEnd = nameEnd + Int(reader.uint16(at: position + 30))
        let next = extraEnd + Int(reader.uint16(at: position + 32))
        guard next <= limit else {
            throw ZipError.damaged(reason: "the directory header at byte \(position) is cut")
        }
        guard reader.uint16(at: position + 8) & encryptedFlags == 0 else {
            throw ZipError.unsupported(.encrypted, reason: "member \(number) is encrypted")
        }
        guard reader.uint16(at: position + 34) == 0 else {
            throw ZipError.unsupported(.multiDisk, reason: "member \(number) lies in another part of the archive")
        }
        let sizes = [20, 24, 42].map { reader.uint32(at: position + $0) }
        guard !sizes.contains(.max), !hasZip64Field(reader, in: nameEnd..<extraEnd) else {
            throw ZipError.unsupported(.zip64, reason: "member \(number) is in Zip64 form")
        }
        let entry = ZipEntry(
            nameBytes: reader.bytes(in: nameStart..<nameEnd), compressedSize: Int(sizes[0]),
            uncompressedSize: Int(sizes[1]), crc32: reader.uint32(at: position + 16),
            method: method(reader.uint16(at: position + 10)), localHeaderOffset: Int(sizes[2]))
        return (entry, next)
    }

    private static func method(_ number: UInt16) -> ZipEntry.Method {
        switch number {
        case 0: .stored
        case 8: .deflated
        default: .other(number)
        }
    }

    private static func hasZip64Field(_ reader: ByteReader, in range: Range<Int>) -> Bool {
        var position = range.lowerBound
        while position + 4 <= range.upperBound {
            if reader.uint16(at: position) == zip64ExtraField { return true }
            position += 4 + Int(reader.uint16(at: position + 2))
        }
        return false
    }

    /// What is wrong with a name that could point outside the archive, although nothing is ever written to disk from it.
    private static func fault(ofName name: [UInt8]) -> String? {
        if name.isEmpty || name.contains(0) { return "an empty name or one with a NUL" }
        if name.contains(UInt8(ascii: "\\")) { return "a name with a backslash" }
        if name.first == UInt8(ascii: "/") || name.dropFirst().first == UInt8(ascii: ":") { return "an absolute path" }
        return name.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual("..".utf8) }
            ? "a path with .." : nil
    }
}

/// The record that ends an archive and says where the directory is.
private struct EndRecord {
    let entryCount: Int
    let directoryOffset: Int
    let directorySize: Int

    private static let signature: UInt32 = 0x0605_4b50
    private static let size = 22
    private static let zip64LocatorSignature: UInt32 = 0x0706_4b50
    private static let zip64LocatorSize = 20
    /// An archive's comment has a 16-bit length.
    private static let maxComment = 65_535

    /// Finds the record from the end, where a comment may follow it, and checks that all it names is there.
    init(_ source: ByteSource) throws(ZipError) {
        let mostBytes = Self.zip64LocatorSize + Self.size + Self.maxComment
        let reader = try ByteReader(source, in: source.count - mostBytes..<source.count)
        let start = try Self.find(reader, fileBytes: source.count)
        let locator = start - Self.zip64LocatorSize
        let count = reader.uint16(at: start + 10)
        let size = reader.uint32(at: start + 12)
        let offset = reader.uint32(at: start + 16)
        let hasLocator = locator >= 0 && reader.uint32(at: locator) == Self.zip64LocatorSignature
        guard !hasLocator, count != .max, size != .max, offset != .max else {
            throw ZipError.unsupported(.zip64, reason: "it has Zip64 records")
        }
        guard reader.uint16(at: start + 4) == 0, reader.uint16(at: start + 6) == 0,
            reader.uint16(at: start + 8) == count
        else {
            throw ZipError.unsupported(.multiDisk, reason: "it is one of several parts")
        }
        guard Int(offset) + Int(size) == start else {
            throw ZipError.damaged(reason: "the directory does not end where the end record begins")
        }
        entryCount = Int(count)
        directoryOffset = Int(offset)
        directorySize = Int(size)
    }

    private static func find(_ reader: ByteReader, fileBytes: Int) throws(ZipError) -> Int {
        let last = fileBytes - size
        guard last >= 0 else { throw ZipError.damaged(reason: "too short to be an archive") }
        var endsElsewhere = false
        for start in stride(from: last, through: max(0, last - maxComment), by: -1)
        where reader.uint32(at: start) == signature {
            guard start + size + Int(reader.uint16(at: start + 20)) != fileBytes else { return start }
            endsElsewhere = true
        }
        throw ZipError.damaged(
            reason: endsElsewhere
                ? "the archive's end is followed by other bytes, or its comment is cut"
                : "no end record: not an archive, or cut")
    }
}
