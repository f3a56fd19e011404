import Foundation
import ScheduleTasks
import Zip

/// A workbook as the producer sees it: a file with a name, looked at but never parsed.
struct WorkbookFile {
    /// The display name.
    let name: String
    /// What is in it; a file on disk stays there.
    let content: ByteSource

    /// Opens a file.
    ///
    /// - Parameter path: Where it is.
    /// - Throws: ``CommandFailure`` with 66 when it is missing or unreadable, with 65 and the validation code when it cannot
    ///   be a workbook.
    init(path: String) throws {
        let name = URL(fileURLWithPath: path).lastPathComponent
        let file: OpenFile
        do {
            file = try OpenFile(path: path)
        } catch {
            throw Self.missing(name, Self.why(error))
        }
        try self.init(name: name, content: .file(file))
    }

    /// All bytes, for sending them.
    ///
    /// - Returns: At most ``WorkbookBlobs/maxBytes``.
    /// - Throws: ``CommandFailure`` with 66 when the file can no longer be read.
    func bytes() throws -> [UInt8] {
        try Self.bytes(of: content, 0..<content.count, name: name)
    }

    private static func bytes(of content: ByteSource, _ range: Range<Int>, name: String) throws -> [UInt8] {
        do {
            return try content.bytes(in: range)
        } catch {
            throw missing(name, "\(error). try again")
        }
    }

    private static func why(_ refusal: OpenFile.Refusal) -> String {
        switch refusal {
        case .missing: "there is no such file. check the path"
        case .notRegular: "it is no regular file. name a workbook"
        case .notAllowed: "it cannot be read. check its permissions"
        }
    }

    private static func missing(_ name: String, _ why: String) -> CommandFailure {
        CommandFailure(.missingFile, SafeText.line(name), why)
    }

    private static let startBytes = 256

    /// Checks a file's name, size and first bytes without parsing it.
    init(name: String, content: ByteSource) throws {
        try Self.check(name: name, size: content.count)
        let bytes = try Self.bytes(of: content, 0..<Self.startBytes, name: name)
        let isFlat = name.lowercased().hasSuffix(".fods")
        guard isFlat ? Self.looksLikeXML(bytes) : Self.looksLikeZip(bytes) else {
            throw Self.unusable(
                "INVALID_FILE_TYPE", name,
                isFlat
                    ? "it does not start like XML. save it as Flat ODF" : "it does not start like a zip. save it as ODS"
            )
        }
        self.name = name
        self.content = content
    }

    private static func check(name: String, size: Int) throws {
        guard WorkbookName.isValid(name) else {
            throw unusable("INVALID_FILE_TYPE", name, "its name does not end in .ods or .fods. save it as a workbook")
        }
        guard size <= WorkbookBlobs.maxBytes else {
            throw unusable(
                "FILE_TOO_LARGE", name, "\(size) bytes are more than \(WorkbookBlobs.maxBytes). split the workbook")
        }
    }

    private static func looksLikeZip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) }

    private static func looksLikeXML(_ bytes: [UInt8]) -> Bool {
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        return start.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "<")
    }

    private static func unusable(_ code: String, _ name: String, _ why: String) -> CommandFailure {
        CommandFailure(.unusableFile, code, "\(SafeText.line(name)): \(why)")
    }
}
