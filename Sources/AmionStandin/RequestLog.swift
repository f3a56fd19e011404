import ConcurrencySupport
import Foundation

/// Every request that has come, for tests that count them and look at their times.
final class RequestLog: Sendable {
    /// One request.
    struct Entry: Sendable, Encodable {
        /// 1, 2, 3 … in the order of arrival.
        let number: Int
        /// Milliseconds from the server's start to the request's arrival, by a clock that is never set.
        let atMilliseconds: Int
        /// The path, and of the query what is no access code.
        let target: String
        /// Of the answer; 0 for none.
        let status: Int
        /// Whether it asked for what has changed only.
        let isConditional: Bool

        private enum CodingKeys: String, CodingKey {
            case number, target, status
            case atMilliseconds = "at_ms"
            case isConditional = "conditional"
        }
    }

    private let start = ContinuousClock.now
    private let lines = LockedValue(Data())
    private let file: FileHandle?

    /// Opens the log.
    ///
    /// - Parameter path: A file that is made, or emptied; `nil` for none.
    /// - Throws: When the file cannot be made.
    init(path: String?) throws {
        guard let path else {
            file = nil
            return
        }
        guard FileManager.default.createFile(atPath: path, contents: nil) else {
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path])
        }
        file = FileHandle(forWritingAtPath: path)
    }

    /// How long the server has been running, in whole milliseconds.
    var milliseconds: Int { Int((ContinuousClock.now - start) / .milliseconds(1)) }

    /// Notes a request; the file has the line when this returns.
    func note(_ entry: Entry) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard var line = try? encoder.encode(entry) else { return }  // numbers and text: it does not fail
        line.append(UInt8(ascii: "\n"))
        lines.withLock { lines in
            lines.append(line)
            try? file?.write(contentsOf: line)  // a full disk must not end the server
        }
    }

    /// All requests as lines of JSON.
    var text: Data { lines.withLock { $0 } }
}
