import ScheduleModel

/// The messages of a scrape (domain 4.3): the reader's own, then those of the mapping, each text once with its count.
struct ScrapeMessages {
    let scrape: MappedScrape
    let answer: AssignmentAnswer
    let stored: ScrapeStored

    /// All of them in discovery order.
    var report: ValidationReport {
        var report = ValidationReport()
        for message in scrape.rowMessages { report.append(message) }
        for message in months + roles + people + slots + holders + batch { report.append(message) }
        return report
    }

    private var months: [ValidationMessage] {
        guard !scrape.failed.isEmpty else { return [] }
        let codes = scrape.failed.map { ($0.month.monthText, $0.code.rawValue) }
        return [
            ValidationMessage(
                .warning, "AMION_IMPORT_INCOMPLETE",
                "\(stored.monthsFailed) of \(stored.monthsDone + stored.monthsFailed) months failed; their assignments stay as "
                    + "they were", details: Dictionary(codes) { first, _ in first })
        ]
    }

    private var roles: [ValidationMessage] {
        once(scrape.unknownRoles, by: \.role) { row, count in
            ValidationMessage(
                .warning, "UNKNOWN_SHIFT_TYPE", "a scraped role is no shift type of the hospital (\(Self.rows(count)))",
                field: "role", location: Self.place(row),
                details: ["role": row.role, "month": row.date.monthText, "count": "\(count)"])
        }
    }

    private var people: [ValidationMessage] {
        var messages = once(answer.unknown.map { scrape.rows[$0].row }, by: \.name) { row, count in
            ValidationMessage(
                .error, "UNKNOWN_PEOPLE",
                "a scraped name matches nobody who works for the hospital on that date (\(Self.rows(count)))",
                field: "name", location: Self.place(row),
                details: ["name": row.name, "month": row.date.monthText, "count": "\(count)"])
        }
        messages += once(answer.ambiguous.map { scrape.rows[$0].row }, by: \.name) { row, count in
            ValidationMessage(
                .error, "AMBIGUOUS_PERSON", "a scraped name matches more than one person (\(Self.rows(count)))",
                field: "name", location: Self.place(row),
                details: ["name": row.name, "month": row.date.monthText, "count": "\(count)"])
        }
        guard stored.rejectedRows > 0 else { return messages }
        return messages + [
            counted(
                "AMION_ASSIGNMENT_FAILED", stored.rejectedRows, "scraped rows were rejected, see their own messages")
        ]
    }

    private var slots: [ValidationMessage] {
        var messages = once(answer.unplaced.map { scrape.rows[$0].row }, by: \.role) { row, count in
            ValidationMessage(
                .warning, "NO_MATCHING_SHIFT",
                "the version has no slot for a scraped role on its date (\(Self.rows(count)))",
                field: "role", location: Self.place(row),
                details: ["role": row.role, "first_date": "\(row.date)", "count": "\(count)"])
        }
        messages += once(answer.conflicting.map { scrape.rows[$0].row }, by: \.role) { row, count in
            ValidationMessage(
                .warning, "SPECIALTY_CONFLICT",
                "people who read only body or only neuro hold a role of the other kind; kept (\(Self.rows(count)))",
                field: "role", location: Self.place(row),
                details: ["role": row.role, "first_date": "\(row.date)", "count": "\(count)"])
        }
        if stored.twiceOnSlot > 0 {
            messages.append(
                counted("DUPLICATE_ASSIGNMENT", stored.twiceOnSlot, "rows put somebody on a slot again; kept once"))
        }
        if stored.overlaps > 0 {
            messages.append(
                counted(
                    "OVERLAPPING_ASSIGNMENT", stored.overlaps, "slots overlap another slot of the same person; kept"))
        }
        return messages
    }

    private var holders: [ValidationMessage] {
        guard let first = stored.withoutMidC.first else { return [] }
        let count = stored.withoutMidC.count
        return [
            ValidationMessage(
                .warning, "MISSING_MIDC",
                "nobody holds \(MappedScrape.watchedRole) on \(count == 1 ? "1 weekday" : "\(count) weekdays")",
                field: "role",
                details: [
                    "count": "\(count)", "first_date": "\(first)",
                    "dates": stored.withoutMidC.prefix(Self.listedDates).map(\.description).joined(separator: " "),
                ])
        ]
    }

    /// So many dates are named; a detail holds 120 characters (domain 4.1).
    private static let listedDates = 10

    private var batch: [ValidationMessage] {
        guard let earlier = stored.duplicateOf else { return [] }
        return [
            ValidationMessage(
                .info, "DUPLICATE_BATCH", "the source says the same as in an earlier batch of the version",
                details: ["batch_id": "\(earlier)"])
        ]
    }

    private func counted(_ code: ValidationCode, _ count: Int, _ text: String) -> ValidationMessage {
        ValidationMessage(.warning, code, "\(count) \(text)", details: ["count": "\(count)"])
    }

    private func once(
        _ rows: [ScrapedAssignment], by text: (ScrapedAssignment) -> String,
        _ message: (ScrapedAssignment, Int) -> ValidationMessage
    ) -> [ValidationMessage] {
        let firsts = Dictionary(rows.map { (text($0), $0) }) { first, _ in first }
        return MappedScrape.tally(rows, by: text).compactMap { tally in
            firsts[tally.name].map { message($0, tally.count) }
        }
    }

    private static func place(_ row: ScrapedAssignment) -> MessageLocation {
        MessageLocation(row: row.sourceRow, cell: "R\(row.sourceRow)")
    }

    private static func rows(_ count: Int) -> String { count == 1 ? "1 row" : "\(count) rows" }
}
