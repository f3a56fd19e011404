/// One record of a report: its fields by place, from 0.
struct CSVRecord {
    /// The line that it begins in, from 1.
    var line = 1
    fileprivate(set) var bytes: [UInt8] = []
    fileprivate(set) var ends: [Int] = []

    /// How many fields it has, those counted that were dropped.
    var count: Int { ends.count }

    /// A field; empty for one that was dropped and beyond the last.
    subscript(field: Int) -> ArraySlice<UInt8> {
        guard ends.indices.contains(field) else { return [] }
        return bytes[(field == 0 ? 0 : ends[field - 1])..<ends[field]]
    }
}

/// Cuts bytes into records as RFC 4180 says, while they come.
///
/// Fields may be quoted, quoted ones may hold separators, line ends and doubled quotes. Lines end with LF, with or without a
/// CR before it. What stands in a quoted field's place behind its closing quote belongs to the field.
struct CSVRecordReader {
    /// A record that is longer than ``maxRecordBytes`` or has more than ``maxFields`` fields.
    struct TooLong: Error {
        let line: Int
    }

    /// The longest record, dropped fields not counted: a report's have about 150 bytes.
    static let maxRecordBytes = 16_384
    private static let maxFields = 64

    private enum State { case fieldStart, plain, quoted, quoteInQuoted }

    private let separator: UInt8
    private let dropped: Range<Int>
    private var record = CSVRecord()
    private var state = State.fieldStart
    private var line: Int

    /// Makes a reader.
    ///
    /// - Parameters:
    ///   - separator: A comma or a tab.
    ///   - line: The line that the first byte is in, from 1.
    ///   - dropped: The places of fields that are not even kept while they are read.
    init(separator: UInt8, line: Int, dropping dropped: Range<Int>) {
        self.separator = separator
        self.line = line
        self.dropped = dropped
        record.line = line
    }

    /// Whether a record has begun and not ended.
    var isInRecord: Bool { state != .fieldStart || !record.ends.isEmpty }
    /// Whether the bytes end inside of a quoted field.
    var isInQuotes: Bool { state == .quoted }

    /// Takes the next byte.
    ///
    /// - Returns: The record that it ends.
    mutating func take(_ byte: UInt8) throws(TooLong) -> CSVRecord? {
        if byte == UInt8(ascii: "\n") { line += 1 }
        switch state {
        case .quoted:
            if byte == UInt8(ascii: "\"") { state = .quoteInQuoted } else { try keep(byte) }
            return nil
        case .quoteInQuoted where byte == UInt8(ascii: "\""):
            state = .quoted
            try keep(byte)
            return nil
        case .fieldStart where byte == UInt8(ascii: "\""):
            state = .quoted
            return nil
        default:
            if byte == separator {
                try endField()
            } else if byte == UInt8(ascii: "\n") {
                return try finish()
            } else {
                state = .plain
                try keep(byte)
            }
            return nil
        }
    }

    /// Ends the record that has begun; `nil` when none has.
    mutating func finish() throws(TooLong) -> CSVRecord? {
        guard isInRecord else {
            record.line = line
            return nil
        }
        if record.bytes.last == UInt8(ascii: "\r"), record.bytes.count > (record.ends.last ?? 0) {
            record.bytes.removeLast()
        }
        try endField()
        defer {
            record = CSVRecord()
            record.line = line
        }
        return record
    }

    private mutating func endField() throws(TooLong) {
        guard record.ends.count < Self.maxFields else { throw TooLong(line: record.line) }
        record.ends.append(record.bytes.count)
        state = .fieldStart
    }

    private mutating func keep(_ byte: UInt8) throws(TooLong) {
        guard !dropped.contains(record.ends.count) else { return }
        guard record.bytes.count < Self.maxRecordBytes else { throw TooLong(line: record.line) }
        record.bytes.append(byte)
    }
}
