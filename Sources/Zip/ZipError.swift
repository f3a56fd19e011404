/// Why an archive or a member of it cannot be used.
///
/// None is worth a retry with the same bytes. Texts name positions and rules, never a member's content or name.
package enum ZipError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The bytes are no archive, or it is cut or damaged.
    case damaged(reason: String)
    /// The file that it lies in could not be read, or became shorter meanwhile.
    case unreadable(reason: String)
    /// A form of archive that is refused.
    case unsupported(Form, reason: String)
    /// A member's name points outside its archive.
    case unsafeName(reason: String)
    /// Two members have the same name, so what is read would depend on who reads it.
    case duplicateName(reason: String)
    /// A member inflates beyond ``InflateLimits``.
    case bomb(reason: String)

    /// The forms of archive that are refused, as APPNOTE 6.3.10 names them.
    package enum Form: Sendable, Equatable {
        /// A member is encrypted, or the directory is (bits 0, 6 and 13 of the flags).
        case encrypted
        /// Sizes or offsets are held in Zip64 records.
        case zip64
        /// The archive is one of several parts.
        case multiDisk
        /// A member is neither stored nor deflated.
        case compressionMethod
    }

    /// What is wrong, in words fit for a log and for a user.
    package var reason: String {
        switch self {
        case .damaged(let reason), .unreadable(let reason), .unsupported(_, let reason), .unsafeName(let reason),
            .duplicateName(let reason), .bomb(let reason):
            reason
        }
    }

    package var description: String {
        switch self {
        case .damaged: "the archive is damaged: \(reason)"
        case .unreadable: "the file cannot be read: \(reason)"
        case .unsupported: "the archive is of a kind that is not read: \(reason)"
        case .unsafeName, .duplicateName: "the archive holds a refused name: \(reason)"
        case .bomb: "the archive inflates beyond its limits: \(reason)"
        }
    }
}
