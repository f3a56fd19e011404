import Zip

/// Why a file is FILE_READ_ERROR: the values of `details.reason`.
package enum ODSReadFailure: String, Sendable, Equatable, CaseIterable {
    /// Neither a zip archive nor XML.
    case otherFileType = "other_file_type"
    /// The archive is cut, its parts do not fit together, or its data or checksums are wrong.
    case damagedArchive = "damaged_archive"
    /// A member is encrypted: the workbook has a password.
    case encrypted
    /// The archive has the form for more than 4 GiB, which no workbook needs.
    case zip64
    /// The archive is one of several parts.
    case multiDisk = "multi_disk"
    /// `content.xml` is compressed by another method than DEFLATE.
    case compressionMethod = "compression_method"
    /// A member's name is absolute, has `..`, a backslash or a NUL, or is empty.
    case unsafeName = "unsafe_member_name"
    /// Two members have one name.
    case duplicateName = "duplicate_member_name"

    /// What a user can do about it.
    var advice: String {
        switch self {
        case .otherFileType: "save the workbook as .ods and send that file"
        case .damagedArchive: "the file did not arrive whole or was changed; send it again or save the workbook again"
        case .encrypted: "remove the workbook's password and save it again"
        case .zip64, .multiDisk, .compressionMethod, .unsafeName, .duplicateName:
            "no spreadsheet program writes that; save the workbook again as .ods"
        }
    }

    init(_ form: ZipError.Form) {
        switch form {
        case .encrypted: self = .encrypted
        case .zip64: self = .zip64
        case .multiDisk: self = .multiDisk
        case .compressionMethod: self = .compressionMethod
        }
    }
}
