/// Why an archive or a member of it cannot be used.
///
/// None is worth a retry with the same bytes. Texts name positions and rules, never a member's content.
package enum ZipError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The bytes are no archive, or it is cut or damaged.
    case damaged(reason: String)
    /// A form of archive that is refused: encrypted, Zip64, several disks, an unknown compression method.
    case unsupported(reason: String)
    /// A member's name points outside its archive or occurs twice.
    case unsafeName(reason: String)
    /// A member inflates beyond ``InflateLimits``.
    case bomb(reason: String)

    /// What is wrong, in words fit for a log and for a user.
    package var reason: String {
        switch self {
        case .damaged(let reason), .unsupported(let reason), .unsafeName(let reason), .bomb(let reason): reason
        }
    }

    package var description: String {
        switch self {
        case .damaged: "the archive is damaged: \(reason)"
        case .unsupported: "the archive is of a kind that is not read: \(reason)"
        case .unsafeName: "the archive holds a refused name: \(reason)"
        case .bomb: "the archive inflates beyond its limits: \(reason)"
        }
    }
}
