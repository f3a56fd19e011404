/// An archive in memory or in a file, of which single members are inflated as a stream (APPNOTE 6.3.10).
///
/// Of a file only the directory is held, and one piece of what is being inflated.
/// Sizes come from the central directory, so members written with a data descriptor are read like all others.
package struct ZipArchive: Sendable {
    /// The members in the order of the central directory.
    package let entries: [ZipEntry]
    private let source: ByteSource
    private let directoryOffset: Int

    /// How many inflated bytes one chunk holds at most.
    package static let chunkBytes = ByteSource.pieceBytes

    /// Reads the central directory; no member is inflated.
    ///
    /// - Parameter source: The whole archive.
    /// - Throws: ``ZipError`` when it is cut, encrypted, Zip64, on several disks, or holds a name that is refused or
    ///   occurs twice, and when its file cannot be read.
    package init(_ source: ByteSource) throws(ZipError) {
        let directory = try CentralDirectory(source)
        entries = directory.entries
        directoryOffset = directory.offset
        self.source = source
    }

    /// The same for an archive in memory.
    package init(bytes: [UInt8]) throws(ZipError) {
        try self.init(.memory(bytes))
    }

    /// The member of that exact name, if there is one; walks all members.
    package func entry(named name: String) -> ZipEntry? {
        entries.first { $0.nameBytes.elementsEqual(name.utf8) }
    }

    /// Inflates one member and lends its bytes to `chunk` in pieces of at most ``chunkBytes``.
    ///
    /// Memory does not grow with the member. The limits are checked before a piece is lent; size and checksum can only be
    /// checked after the last one, so a caller must not trust what it got before this returns.
    ///
    /// - Parameters:
    ///   - entry: A member of this archive.
    ///   - limits: How far it may grow.
    ///   - chunk: Gets a piece, and how many of the member's ``ZipEntry/compressedSize`` bytes are used up so far.
    /// - Throws: ``ZipError``, or what `chunk` throws; either ends the inflating at once.
    package func inflate(
        _ entry: ZipEntry, limits: InflateLimits = InflateLimits(),
        chunk: (_ piece: Span<UInt8>, _ consumed: Int) throws -> Void
    ) throws {
        guard entry.uncompressedSize <= limits.maxBytes else {
            throw ZipError.bomb(
                reason: "it claims \(entry.uncompressedSize) bytes; the limit is \(limits.maxBytes)")
        }
        let data = try dataRange(of: entry)
        var check = MemberCheck(entry: entry, limits: limits)
        switch entry.method {
        case .stored: try copyStored(data, check: &check, chunk: chunk)
        case .deflated: try inflateDeflated(data, check: &check, chunk: chunk)
        case .other(let method):
            throw ZipError.unsupported(.compressionMethod, reason: "it is compressed by method \(method)")
        }
        try check.finish()
    }

    /// Where the member's bytes lie, after its local header.
    private func dataRange(of entry: ZipEntry) throws(ZipError) -> Range<Int> {
        let header = entry.localHeaderOffset
        let nameStart = header + LocalHeader.size
        guard nameStart <= directoryOffset else {
            throw ZipError.damaged(reason: "no local header at byte \(header)")
        }
        let reader = try ByteReader(source, in: header..<nameStart)
        guard reader.uint32(at: header) == LocalHeader.signature else {
            throw ZipError.damaged(reason: "no local header at byte \(header)")
        }
        guard reader.uint16(at: header + 6) & CentralDirectory.encryptedFlags == 0 else {
            throw ZipError.unsupported(.encrypted, reason: "it is encrypted")
        }
        let nameLength = Int(reader.uint16(at: header + 26))
        let start = nameStart + nameLength + Int(reader.uint16(at: header + 28))
        guard start + entry.compressedSize <= directoryOffset else {
            throw ZipError.damaged(reason: "its bytes run into the central directory")
        }
        guard try source.bytes(in: nameStart..<nameStart + nameLength) == entry.nameBytes else {
            throw ZipError.damaged(reason: "the local header at byte \(header) is another member's")
        }
        return start..<start + entry.compressedSize
    }

    private func copyStored(
        _ data: Range<Int>, check: inout MemberCheck, chunk: (Span<UInt8>, Int) throws -> Void
    ) throws {
        try source.eachPiece(in: data) { piece, end in
            try check.add(piece, consumed: end - data.lowerBound)
            try chunk(piece, end - data.lowerBound)
        }
    }

    private func inflateDeflated(
        _ data: Range<Int>, check: inout MemberCheck, chunk: (Span<UInt8>, Int) throws -> Void
    ) throws {
        var stream = try InflateStream(chunkBytes: Self.chunkBytes)
        try source.eachPiece(in: data) { piece, end in
            try piece.withUnsafeBufferPointer { input in
                try stream.setInput(input)
                while try stream.step(isLast: end == data.upperBound) {
                    let consumed = stream.consumed
                    try stream.withOutput { piece in
                        try check.add(piece, consumed: consumed)
                        try chunk(piece, consumed)
                    }
                }
            }
        }
        try stream.finish()
    }
}

/// The fixed part of a member's local header.
enum LocalHeader {
    static let size = 30
    static let signature: UInt32 = 0x0403_4b50
}
