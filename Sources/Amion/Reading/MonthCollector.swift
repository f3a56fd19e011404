import ScheduleModel

/// One row of a source, read and normalised.
struct RawShift {
    let row: Int
    let date: LocalDate
    let role: KnownText
    let window: ShiftWindow
    let location: KnownText?
    /// Who has it; nobody for an open slot.
    let people: [KnownText]
    /// The source's own id of the person.
    let staffID: KnownText?
}

/// Gathers the rows of one month: each once, those of neighbouring months left out (domain 5.7).
struct MonthCollector {
    /// What becomes of a row of another year.
    enum ForeignYear {
        /// It is an error of its own, as long as other rows are of the month.
        case rejectsRow
        /// The month fails: the source has taken the year for another one (domain 5.3).
        case failsMonth
    }

    /// The most rows of one month: ten times as many as a large hospital has.
    static let maxRows = 20_000

    /// What makes two rows the same: everything but where they stand.
    private struct Identity: Hashable {
        let date, role, start, end, location, person, staff: Int
    }

    private let foreignYear: ForeignYear
    private let neighbours: ClosedRange<Int>
    private var seen: Set<Identity> = []
    private var outside = 0
    private var rows = 0
    private(set) var result: MonthResult

    init(month: LocalDate, foreignYear: ForeignYear) {
        result = MonthResult(month: month)
        self.foreignYear = foreignYear
        let next = month.firstOfMonth(addingMonths: 1).lastOfMonth
        neighbours = month.adding(days: -1).firstOfMonth.dayNumber...next.dayNumber
    }

    /// Notes when the source says that it was last changed; the first word on it counts.
    mutating func note(asOf stamp: String) {
        if result.asOf == nil { result.asOf = stamp }
    }

    mutating func append(_ message: ValidationMessage) { result.messages.append(message) }

    /// Counts a row, whatever it is.
    mutating func beginRow() throws(MonthFailure) {
        rows += 1
        guard rows <= Self.maxRows else { throw failure("INVALID_RESPONSE", "more than \(Self.maxRows) rows") }
    }

    mutating func add(_ shift: RawShift) throws(MonthFailure) {
        guard shift.date.firstOfMonth == result.month else { return try leaveOut(shift) }
        if shift.people.isEmpty { result.openSlots += 1 }
        for person in shift.people {
            let identity = Identity(
                date: shift.date.dayNumber, role: shift.role.id, start: shift.window.startSeconds,
                end: shift.window.endSeconds, location: shift.location?.id ?? 0, person: person.id,
                staff: shift.staffID?.id ?? 0)
            guard seen.insert(identity).inserted else {
                result.duplicates += 1
                continue
            }
            result.rows.append(
                ScrapedAssignment(
                    sourceRow: shift.row, date: shift.date, role: shift.role.text, window: shift.window,
                    location: shift.location?.text, name: person.text, staffID: shift.staffID?.text))
        }
    }

    private mutating func leaveOut(_ shift: RawShift) throws(MonthFailure) {
        outside += 1
        guard !neighbours.contains(shift.date.dayNumber) else { return }
        switch foreignYear {
        case .failsMonth:
            throw failure(
                "INVALID_RESPONSE", "row \(shift.row) is of \(shift.date). check settings.amion.year_mode")
        case .rejectsRow:
            append(
                ValidationMessage(
                    .error, "INVALID_DATE_RANGE", "the row is of another time than its page and is left out",
                    field: MonthColumns.Field.date.rawValue,
                    location: MessageLocation(row: shift.row, cell: "R\(shift.row)"),
                    details: ["actual": "\(shift.date)", "expected": result.month.monthText]))
        }
    }

    /// The month.
    ///
    /// - Throws: ``MonthFailure`` INVALID_RESPONSE when there were rows and all are of other months.
    func finished() throws(MonthFailure) -> MonthResult {
        guard outside == 0 || !result.rows.isEmpty || result.openSlots > 0 else {
            throw failure("INVALID_RESPONSE", "all \(outside) rows are of another month")
        }
        return result
    }

    func failure(_ code: ValidationCode, _ cause: String, isRetriable: Bool = false) -> MonthFailure {
        MonthFailure(month: result.month, kind: .parse, code: code, cause: cause, isRetriable: isRetriable)
    }
}
