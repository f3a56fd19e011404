import Foundation

/// The writes that a Redis server has made durable, in order, read from its append-only file.
///
/// With `appendfsync always` the file holds every write that was acknowledged; a script stands in it as its effects.
struct CommandLog: Sendable, Equatable {
    /// Commands that took effect together: those of one script, or a single one.
    typealias Transaction = [[String]]

    /// What was written, oldest first.
    let transactions: [Transaction]
    /// When each was written, Unix seconds by the server's clock, which may be a little behind; 0 where the file does not say.
    let seconds: [Int64]

    /// Makes a log of what was written.
    ///
    /// - Parameters:
    ///   - transactions: What was written.
    ///   - seconds: When, of each.
    init(transactions: [Transaction], seconds: [Int64]? = nil) {
        self.transactions = transactions
        self.seconds = seconds ?? transactions.map { _ in 0 }
    }

    /// Reads the file's bytes; what Redis did not finish writing is left out, as Redis leaves it out.
    init(appendOnlyFile bytes: [UInt8]) {
        var reader = Reader(bytes: bytes)
        var transactions: [Transaction] = []
        var seconds: [Int64] = []
        var open: Transaction?
        func close(_ transaction: Transaction) {
            transactions.append(transaction)
            seconds.append(reader.second)
        }
        while let command = reader.next() {
            switch command.first?.uppercased() {
            case "MULTI": open = []
            case "EXEC":
                if let commands = open { close(commands) }
                open = nil
            case "SELECT": break
            default:
                if open == nil { close([command]) } else { open?.append(command) }
            }
        }
        self.init(transactions: transactions, seconds: seconds)
    }

    /// Reads RESP arrays of bulk strings.
    private struct Reader {
        let bytes: [UInt8]
        var position = 0
        /// What the last annotation `#TS:<Unix seconds>` said.
        private(set) var second: Int64 = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        /// The next whole command; bytes that are not UTF-8 are kept one by one (see ``CommandLog/bytes(of:)``).
        mutating func next() -> [String]? {
            guard let count = number(after: UInt8(ascii: "*")) else { return nil }
            var words: [String] = []
            for _ in 0..<count {
                guard let length = number(after: UInt8(ascii: "$")), position + length + 2 <= bytes.count else {
                    return nil
                }
                words.append(CommandLog.text(bytes[position..<position + length]))
                position += length + 2
            }
            return words
        }

        private mutating func number(after mark: UInt8) -> Int? {
            while position < bytes.count, bytes[position] == UInt8(ascii: "#") { skipLine() }
            guard position < bytes.count, bytes[position] == mark,
                let end = bytes[position...].firstIndex(of: UInt8(ascii: "\r")), end + 1 < bytes.count
            else { return nil }
            defer { position = end + 2 }
            return Int(String(decoding: bytes[(position + 1)..<end], as: UTF8.self))
        }

        private mutating func skipLine() {
            let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            let line = String(decoding: bytes[position..<end], as: UTF8.self)
            if line.hasPrefix("#TS:"), let number = Int64(line.dropFirst(4).filter(\.isNumber)) { second = number }
            position = min(end + 1, bytes.count)
        }
    }

    /// Bytes as a text with one character a byte.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    /// The bytes of a text of this log.
    static func bytes(of text: String) -> [UInt8] { text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }
}
