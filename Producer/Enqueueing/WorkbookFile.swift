import Foundation
import ScheduleTasks

/// A workbook as the producer sees it: bytes with a name, looked at but never parsed.
struct WorkbookFile {
    /// The display name.
    let name: String
    let bytes: [UInt8]

    /// Reads a file.
    ///
    /// - Parameter path: Where it is.
    /// - Throws: ``CommandFailure`` with 66 when it is missing or unreadable, with 65 and the validation code when it cannot
    ///   be a workbook.
    init(path: String) throws {
        let url = URL(fileURLWithPath: path)
        let name = url.lastPathComponent
        guard
            let values = try? url.resolvingSymlinksInPath().resourceValues(forKeys: [.isRegularFileKey, .fileSizeKey])
        else {
            throw CommandFailure(.missingFile, SafeText.line(name), "there is no such file. check the path")
        }
        guard values.isRegularFile == true else {
            throw CommandFailure(.missingFile, SafeText.line(name), "it is no regular file. name a workbook")
        }
        try Self.check(name: name, size: values.fileSize ?? 0)
        guard let bytes = Self.bytes(of: url, size: values.fileSize ?? 0) else {
            throw CommandFailure(.missingFile, SafeText.line(name), "it cannot be read. check its permissions")
        }
        try self.init(name: name, bytes: bytes)
    }

    /// A file's bytes, read piece by piece so that they are in memory once; one byte more than allowed of a file that grows.
    private static func bytes(of url: URL, size: Int) -> [UInt8]? {
        guard let handle = try? FileHandle(forReadingFrom: url) else { return nil }
        defer { try? handle.close() }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        do {
            while bytes.count <= WorkbookBlobs.maxBytes,
                let piece = try handle.read(upToCount: min(pieceBytes, WorkbookBlobs.maxBytes + 1 - bytes.count)),
                !piece.isEmpty
            {
                bytes.append(contentsOf: piece)
            }
        } catch {
            return nil
        }
        return bytes
    }

    private static let pieceBytes = 1 << 18

    /// Checks bytes without parsing them.
    init(name: String, bytes: [UInt8]) throws {
        try Self.check(name: name, size: bytes.count)
        let isFlat = name.lowercased().hasSuffix(".fods")
        guard isFlat ? Self.looksLikeXML(bytes) : Self.looksLikeZip(bytes) else {
            throw Self.unusable(
                "INVALID_FILE_TYPE", name,
                isFlat
                    ? "it does not start like XML. save it as Flat ODF" : "it does not start like a zip. save it as ODS"
            )
        }
        self.name = name
        self.bytes = bytes
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
