// modules: Zip
import Zip

/// Any bytes as an archive: every member is inflated within its limits or refused with a `ZipError`; nothing traps.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzZip(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let limits = InflateLimits(maxBytes: 1 << 20, maxRatio: 100, ratioFreeBytes: 1 << 16)
    do {
        let archive = try ZipArchive(bytes: bytes)
        for entry in archive.entries.prefix(8) {
            do {
                try inflate(entry, of: archive, within: limits)
            } catch is ZipError {
                // Refused, as most of what is tried must be.
                continue
            }
        }
    } catch is ZipError {
        return 0
    } catch {
        preconditionFailure("an error of another kind: \(error)")
    }
    return 0
}

/// Inflates one member and checks what the archive promises of it.
private func inflate(_ entry: ZipEntry, of archive: ZipArchive, within limits: InflateLimits) throws {
    var produced = 0
    var consumed = 0
    try archive.inflate(entry, limits: limits) { piece, used in
        precondition(piece.count > 0 && piece.count <= ZipArchive.chunkBytes, "a piece of \(piece.count) bytes")
        precondition(used >= consumed && used <= entry.compressedSize, "\(used) bytes used after \(consumed)")
        produced += piece.count
        consumed = used
        precondition(produced <= limits.maxBytes, "more than the limit came out")
        precondition(produced <= max(limits.ratioFreeBytes, limits.maxRatio * used), "more than the ratio came out")
    }
    precondition(produced == entry.uncompressedSize, "\(produced) bytes instead of \(entry.uncompressedSize)")
}
