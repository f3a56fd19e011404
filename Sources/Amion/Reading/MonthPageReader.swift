import SAX
package import ScheduleModel

/// Reads an HTML month page while it comes (domain 5.2): pure, no I/O.
///
/// Memory is that of the rows found and of the largest row, not of the page. The way the page is cut into pieces changes
/// nothing of what is found.
package final class MonthPageReader {
    private let rows: MonthPageRows
    private let parser: HTMLTableParser?
    private var decoder: PageDecoder

    /// Makes a reader for one page.
    ///
    /// - Parameters:
    ///   - month: The first day of the month that was asked for.
    ///   - vocabulary: Says which roles start after midnight of their evening.
    ///   - httpCharset: The charset of the `Content-Type` header.
    ///   - usesLibXML2Only: Whether libxml2 reads all rows: slower, for tests that compare the two.
    package init(
        month: LocalDate, vocabulary: ShiftVocabulary, httpCharset: String? = nil, usesLibXML2Only: Bool = false
    ) {
        rows = MonthPageRows(month: month, vocabulary: vocabulary)
        parser = try? HTMLTableParser(handler: rows, usesLibXML2Only: usesLibXML2Only)
        decoder = PageDecoder(httpCharset: httpCharset, readsMeta: true)
    }

    /// Reads the next piece of the page.
    ///
    /// - Parameter bytes: The piece as received, decompressed; it may be cut anywhere.
    /// - Throws: ``MonthFailure`` with `ENCODING_ERROR`, `INVALID_HTML` or `INVALID_RESPONSE`; the reader is then done.
    package func feed(_ bytes: [UInt8]) throws(MonthFailure) {
        try parse(decoding { decoder throws(PageDecoder.Undecodable) in try decoder.decode(bytes) })
    }

    /// Ends the page; to be called once, after the last piece.
    ///
    /// - Returns: The month; rows that miss something critical are messages, not rows.
    /// - Throws: ``MonthFailure`` with `ENCODING_ERROR`, `INVALID_HTML` or `INVALID_RESPONSE`, among them of a page that
    ///   ends in the middle of its table: half a month is none.
    package func finish() throws(MonthFailure) -> MonthResult {
        try parse(decoding { decoder throws(PageDecoder.Undecodable) in try decoder.finish() })
        let isCut: Bool
        do { isCut = try parser?.finish() ?? false } catch { throw rows.failure(error) }
        return try rows.finished(isCut: isCut)
    }

    private func decoding(
        _ body: (inout PageDecoder) throws(PageDecoder.Undecodable) -> [UInt8]
    ) throws(MonthFailure) -> [UInt8] {
        do { return try body(&decoder) } catch {
            throw rows.collector.failure(
                "ENCODING_ERROR", "the page is not in the encoding that it names or seems to have")
        }
    }

    private func parse(_ text: [UInt8]) throws(MonthFailure) {
        guard let parser else { throw rows.failure(HTMLError("libxml2 could not allocate a parser")) }
        do { try parser.feed(text) } catch { throw rows.failure(error) }
    }
}

/// Finds the schedule among a page's tables and gathers its rows.
private final class MonthPageRows: HTMLTableHandler {
    private(set) var collector: MonthCollector
    private var reader: MonthRowReader
    /// The tables that are open and not decided, by their place on the page.
    private var tables: [Int: MonthTable] = [:]
    /// The table that is the schedule: the first that is recognised.
    private var schedule: (place: Int, table: MonthTable)?
    private var hasEnded = false
    private var monthFailure: MonthFailure?

    init(month: LocalDate, vocabulary: ShiftVocabulary) {
        collector = MonthCollector(month: month, foreignYear: .rejectsRow)
        reader = MonthRowReader(vocabulary: vocabulary)
    }

    func text(_ utf8: Span<UInt8>) {
        if let stamp = AsOfStamp.find(in: utf8) { collector.note(asOf: stamp) }
    }

    func row(_ row: HTMLTableRow, of table: Int) throws(HTMLError) {
        if let place = schedule?.place {
            guard place == table, let data = schedule?.table.take(row) else { return }
            return try read(data)
        }
        var candidate = tables[table] ?? MonthTable()
        let data = candidate.take(row)
        try keep(candidate, at: table, data)
    }

    func tableEnded(_ table: Int) throws(HTMLError) {
        if schedule?.place == table { hasEnded = true }
        guard schedule == nil, var candidate = tables[table] else { return }
        let data = candidate.decide()
        try keep(candidate, at: table, data)
        tables[table] = nil
        hasEnded = candidate.isSchedule
    }

    /// The month, unless the page has no schedule or ends inside of it.
    func finished(isCut: Bool) throws(MonthFailure) -> MonthResult {
        if hasEnded { return try collector.finished() }
        guard !isCut else {
            throw collector.failure("INVALID_HTML", "the page ends in the middle of a table", isRetriable: true)
        }
        throw collector.failure(
            "INVALID_HTML", "the page has no schedule table; it may be a login page. check the base URL and the account"
        )
    }

    /// What ended the parse, as the failure of the month.
    func failure(_ error: HTMLError) -> MonthFailure {
        monthFailure ?? collector.failure("INVALID_HTML", error.description)
    }

    private func keep(_ candidate: MonthTable, at place: Int, _ data: MonthTable.Data?) throws(HTMLError) {
        if candidate.isSchedule {
            schedule = (place, candidate)
            tables = [:]
            if let data { try read(data) }
        } else {
            tables[place] = candidate
        }
    }

    private func read(_ data: MonthTable.Data) throws(HTMLError) {
        do throws(MonthFailure) {
            for row in data.rows {
                try collector.beginRow()
                guard !row.isCut else {
                    throw collector.failure("INVALID_HTML", "row \(row.number) has a cell beyond the limit on its text")
                }
                try collector.read(row, data.columns, with: &reader)
            }
        } catch {
            monthFailure = error
            throw HTMLError("a row ended the page")
        }
    }
}

extension MonthCollector {
    /// Reads one row of a page.
    fileprivate mutating func read(
        _ row: HTMLTableRow, _ columns: MonthColumns, with reader: inout MonthRowReader
    ) throws(MonthFailure) {
        var messages: [ValidationMessage] = []
        let shift = reader.read(row, columns, messages: &messages)
        for message in messages { append(message) }
        if let shift { try add(shift) }
    }
}
