/// One member of an archive, as the central directory tells of it.
package struct ZipEntry: Sendable, Equatable {
    /// The path inside the archive, a folder's with `/` at its end; bytes that are no UTF-8 are repaired.
    package var name: String { String(decoding: nameBytes, as: UTF8.self) }
    /// The name as written: two names are the same only if their bytes are.
    let nameBytes: [UInt8]
    /// How many bytes it takes in the archive.
    package let compressedSize: Int
    /// How many bytes it claims to hold; inflating to any other count is an error.
    package let uncompressedSize: Int
    /// The checksum it claims (CRC-32 of the inflated bytes).
    package let crc32: UInt32

    /// How the bytes are held.
    enum Method: Sendable, Equatable {
        case stored
        case deflated
        /// A method this reader does not know; the archive opens, the member does not.
        case other(UInt16)
    }

    let method: Method
    /// Where the member's local header starts, counted from the archive's first byte.
    let localHeaderOffset: Int
}
