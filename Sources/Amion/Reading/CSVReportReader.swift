package import ScheduleModel

/// How a hospital's reports are meant (`settings.amion`, domain 5.3).
package struct CSVReportOptions: Sendable, Hashable {
    /// Which day the date of a record names that starts after midnight.
    package enum AfterMidnightDate: String, Sendable, Hashable, CaseIterable {
        /// The day of the calendar; the shift belongs to the evening before.
        case calendar
        /// The evening.
        case evening
    }

    /// `settings.amion.after_midnight_date`; reports mean the calendar unless a hospital says otherwise.
    package var afterMidnightDate: AfterMidnightDate
    /// `settings.amion.assignment_types` in lower case, such as `o`; empty takes all.
    package var assignmentTypes: Set<String>

    /// Makes options; the defaults are the domain's.
    package init(afterMidnightDate: AfterMidnightDate = .calendar, assignmentTypes: some Sequence<String> = []) {
        self.afterMidnightDate = afterMidnightDate
        self.assignmentTypes = Set(assignmentTypes.map { $0.lowercased() })
    }
}

/// Reads report 625c or 619 of a month while it comes (domain 5.3): pure, no I/O.
///
/// Records begin at the first line with at least nine fields whose seventh is a date; what stands before is never counted.
/// The way the answer is cut into pieces changes nothing of what is found.
package struct CSVReportReader {
    private static let maxPreambleLineBytes = 65_536

    private let vocabulary: ShiftVocabulary
    private let options: CSVReportOptions
    private var collector: MonthCollector
    private var decoder: PageDecoder
    /// The line before the records that has begun, and its number from 1.
    private var line: [UInt8] = []
    private var lineNumber = 1
    private var isFirstText = true
    /// What reads the records, once they have begun.
    private var records: CSVRecordReader?
    private var row: ReportRow?
    /// Whether the first line of a report was seen.
    private var hasPreamble = false
    /// Whether a report's preamble was seen to its end, so that no records means no assignments.
    private var isReport = false
    private var fieldsOfLast = 0

    /// Makes a reader for one answer.
    ///
    /// - Parameters:
    ///   - month: The first day of the month that was asked for.
    ///   - vocabulary: Says which roles start after midnight of their evening.
    ///   - options: How dates are meant and which records count.
    ///   - httpCharset: The charset of the `Content-Type` header.
    package init(
        month: LocalDate, vocabulary: ShiftVocabulary, options: CSVReportOptions = CSVReportOptions(),
        httpCharset: String? = nil
    ) {
        self.vocabulary = vocabulary
        self.options = options
        collector = MonthCollector(month: month, foreignYear: .failsMonth)
        decoder = PageDecoder(httpCharset: httpCharset, readsMeta: false)
    }

    /// Reads the next piece of the answer.
    ///
    /// - Parameter bytes: The piece as received, decompressed; it may be cut anywhere.
    /// - Throws: ``MonthFailure`` with `ENCODING_ERROR`, `INVALID_HTML`, `INVALID_RESPONSE` or `AUTH_FAILED`; the reader is
    ///   then done.
    package mutating func feed(_ bytes: [UInt8]) throws(MonthFailure) {
        try read(decoding { decoder throws(PageDecoder.Undecodable) in try decoder.decode(bytes) })
    }

    /// Ends the answer; to be called once, after the last piece.
    ///
    /// - Returns: The month; records that miss something critical are messages, not rows.
    /// - Throws: ``MonthFailure``, among them of an answer that ends in the middle of a record.
    package mutating func finish() throws(MonthFailure) -> MonthResult {
        try read(decoding { decoder throws(PageDecoder.Undecodable) in try decoder.finish() })
        if records == nil { try endPreamble() }
        try endLastRecord()
        guard isReport else {
            throw collector.failure("INVALID_RESPONSE", "the answer has neither records nor the beginning of a report")
        }
        return try collector.finished()
    }

    private mutating func decoding(
        _ body: (inout PageDecoder) throws(PageDecoder.Undecodable) -> [UInt8]
    ) throws(MonthFailure) -> [UInt8] {
        do { return try body(&decoder) } catch {
            throw collector.failure(
                "ENCODING_ERROR", "the report is not in the encoding that it names or seems to have")
        }
    }

    private mutating func read(_ text: [UInt8]) throws(MonthFailure) {
        for byte in text {
            if records != nil {
                try readRecord(byte)
            } else if byte == UInt8(ascii: "\n") {
                try endPreambleLine()
                if records != nil { try readRecord(byte) }
                lineNumber += 1
            } else {
                line.append(byte)
                guard line.count <= Self.maxPreambleLineBytes else {
                    try refuse(line)
                    throw collector.failure("INVALID_RESPONSE", "a line is longer than any of a report")
                }
            }
        }
    }

    // MARK: - Before the records

    /// Ends an answer without records; its last line may be the only one.
    private mutating func endPreamble() throws(MonthFailure) {
        let isLineOpen = !line[...].isBlank
        if isLineOpen { try endPreambleLine() }
        guard records == nil, hasPreamble, isLineOpen || !isReport else { return }
        throw collector.failure(
            "INVALID_RESPONSE", "the report ends in the middle of its beginning", isRetriable: true)
    }

    private mutating func endPreambleLine() throws(MonthFailure) {
        let line = line
        self.line = []
        for separator in [UInt8(ascii: ","), UInt8(ascii: "\t")] {
            guard let record = Self.record(line, separator), record.count >= ReportRow.leastFields else { continue }
            hasPreamble = true
            isReport = true
            guard let offset = ReportRow.offset(of: record) else { continue }
            let personal = ReportRow.personalFields
            records = CSVRecordReader(
                separator: separator, line: lineNumber,
                dropping: personal.lowerBound + offset..<personal.upperBound + offset)
            row = ReportRow(vocabulary: vocabulary, options: options, offset: offset)
            for byte in line { try readRecord(byte) }
            return
        }
        try refuse(line)
        if NameKey.collapsed(line[...].text).lowercased().hasPrefix("assignments for") { hasPreamble = true }
        // One blank line, or one of column titles, parts the preamble from the records.
        if hasPreamble, line[...].isBlank { isReport = true }
        if let stamp = AsOfStamp.find(in: line.span) { collector.note(asOf: stamp) }
    }

    /// Refuses what Amion sends in place of a report.
    private mutating func refuse(_ line: [UInt8]) throws(MonthFailure) {
        let text = line[...].trimmed.prefix(200).text.lowercased()
        guard !text.isEmpty else { return }
        if isFirstText, text.hasPrefix("<") {
            throw collector.failure(
                "INVALID_HTML", "the answer is a page and no report. check the base URL and the access code")
        }
        isFirstText = false
        if text.hasPrefix("nofi=") {
            throw MonthFailure(
                month: collector.result.month, kind: .auth, code: "INVALID_RESPONSE",
                cause: "no_schedule_file: the server has no schedule for the access code in that year")
        }
        if text.contains("bad password") {
            throw MonthFailure(
                month: collector.result.month, kind: .auth, code: "AUTH_FAILED",
                cause: "the server refused the access code. check the entry that settings.amion.credential_ref names")
        }
    }

    /// A line as a record by itself; `nil` when it is too long for one.
    private static func record(_ line: [UInt8], _ separator: UInt8) -> CSVRecord? {
        let personal = ReportRow.personalFields
        var reader = CSVRecordReader(
            separator: separator, line: 1, dropping: personal.lowerBound..<personal.upperBound + 1)
        do {
            for byte in line { _ = try reader.take(byte) }
            return try reader.finish()
        } catch {
            return nil
        }
    }

    // MARK: - Records

    private mutating func readRecord(_ byte: UInt8) throws(MonthFailure) {
        let record: CSVRecord?
        do { record = try records?.take(byte) ?? nil } catch { throw tooLong(error) }
        if let record { try take(record) }
    }

    private mutating func take(_ record: CSVRecord) throws(MonthFailure) {
        guard record.count > 1 || !record[0].isBlank else { return }
        fieldsOfLast = record.count
        try collector.beginRow()
        guard var row, row.isWanted(record) else { return }
        self.row = nil
        var messages: [ValidationMessage] = []
        let shift = row.read(record, messages: &messages)
        self.row = row
        for message in messages { collector.append(message) }
        if let shift { try collector.add(shift) }
    }

    /// Takes a last record that no line end ends, unless it is cut.
    private mutating func endLastRecord() throws(MonthFailure) {
        let isInQuotes = records?.isInQuotes ?? false
        let record: CSVRecord?
        do { record = try records?.finish() ?? nil } catch { throw tooLong(error) }
        guard let record else { return }
        // A shorter one than its neighbour is cut, and so may be a time that is the last field and has not all its digits.
        let hasAllFields = fieldsOfLast == 0 || record.count == fieldsOfLast
        let endsInTime = record.count <= ReportRow.leastFields + 1 && record[record.count - 1].trimmed.count < 4
        guard !isInQuotes, hasAllFields, !endsInTime else {
            throw collector.failure(
                "INVALID_RESPONSE", "the report ends in the middle of line \(record.line)", isRetriable: true)
        }
        try take(record)
    }

    private func tooLong(_ error: CSVRecordReader.TooLong) -> MonthFailure {
        collector.failure("INVALID_RESPONSE", "the record of line \(error.line) is longer than any of a report")
    }
}
