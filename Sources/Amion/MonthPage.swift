import SAX
package import ScheduleModel

/// Reads an HTML month page (domain 5.2): pure, no I/O.
package struct MonthPage {
    private let month: LocalDate
    private let vocabulary: ShiftVocabulary

    /// Makes a reader.
    ///
    /// - Parameters:
    ///   - month: The first day of the month that was asked for.
    ///   - vocabulary: Says which roles start after midnight of their evening.
    package init(month: LocalDate, vocabulary: ShiftVocabulary) {
        self.month = month
        self.vocabulary = vocabulary
    }

    /// Reads a page.
    ///
    /// - Parameters:
    ///   - page: The body as received, decompressed.
    ///   - httpCharset: The charset of the `Content-Type` header.
    /// - Returns: The month; rows that miss something critical are messages, not rows.
    /// - Throws: ``MonthFailure`` with `ENCODING_ERROR`, `INVALID_HTML` or `INVALID_RESPONSE`.
    package func read(_ page: [UInt8], httpCharset: String?) throws(MonthFailure) -> MonthResult {
        let document = HTMLTree.parse(page, encoding: PageEncoding.name(of: page, httpCharset: httpCharset))
        guard !document.hasUndecodableText else {
            throw failure("ENCODING_ERROR", "the page is not in the encoding that it names")
        }
        for element in document.elements(named: "table") {
            let table = PageTable(element)
            guard let (columns, first) = Self.columns(of: table) else { continue }
            return try rows(of: table, from: first, columns: columns)
        }
        throw failure(
            "INVALID_HTML", "the page has no schedule table; it may be a login page. check the base URL and the account"
        )
    }

    /// The columns, and the place of the first row that is data.
    private static func columns(of table: PageTable) -> (MonthColumns, Int)? {
        for (place, row) in table.rows.enumerated() {
            if let columns = MonthColumns(header: row) { return (columns, place + 1) }
        }
        // Any row may show the form; all of them are data, also those before it.
        let data = table.rows.filter { !$0.isHeader && !$0.isBlank }
        let columns =
            data.lazy.compactMap { MonthColumns(fixedOrder: $0) }.first
            ?? data.lazy.compactMap { MonthColumns(pattern: $0) }.first
        return columns.map { ($0, 0) }
    }

    private func rows(of table: PageTable, from first: Int, columns: MonthColumns) throws(MonthFailure) -> MonthResult {
        var result = MonthResult(month: month)
        var seen: Set<ScrapedAssignment> = []
        var outside = 0
        for row in table.rows[first...] where !row.isHeader && !row.isBlank {
            let reader = MonthRow(row: row, columns: columns, vocabulary: vocabulary)
            switch reader.read(messages: &result.messages) {
            case nil: continue
            case let shift?:
                guard shift.date.firstOfMonth == month else {
                    outside += 1
                    continue
                }
                if shift.names.isEmpty { result.openSlots += 1 }
                for name in shift.names {
                    let assignment = shift.assignment(name)
                    if seen.insert(assignment.withoutPlace).inserted {
                        result.rows.append(assignment)
                    } else {
                        result.duplicates += 1
                    }
                }
            }
        }
        guard outside == 0 || !result.rows.isEmpty || result.openSlots > 0 else {
            throw failure("INVALID_RESPONSE", "the page's \(outside) rows are of another month")
        }
        return result
    }

    private func failure(_ code: ValidationCode, _ cause: String) -> MonthFailure {
        MonthFailure(month: month, kind: .parse, code: code, cause: cause)
    }
}

extension ScrapedAssignment {
    /// What makes two rows the same: everything but where they stand.
    fileprivate var withoutPlace: ScrapedAssignment {
        ScrapedAssignment(
            sourceRow: 0, date: date, role: role, window: window, location: location, name: name, staffID: staffID)
    }
}
