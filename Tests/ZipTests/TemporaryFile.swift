import Foundation
import Zip

/// Files that last as long as a closure.
enum TemporaryFile {
    /// Lends a file with these bytes, open for reading, and its path.
    static func with<Result>(_ bytes: [UInt8], _ body: (OpenFile, String) throws -> Result) throws -> Result {
        try withFolder { folder in
            let path = folder + "/file"
            try Data(bytes).write(to: URL(filePath: path))
            return try body(try OpenFile(path: path), path)
        }
    }

    /// Lends the path of an empty folder.
    static func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder.path)
    }
}
