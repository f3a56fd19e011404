import Foundation
import ScheduleModel

/// The rows of a scrape with the slots' types that their roles mean: all that needs no database (domain 5.7).
struct MappedScrape: Sendable {
    /// A row inside the window whose role is known.
    struct Row: Sendable {
        let row: ScrapedAssignment
        /// The code of the slot: for an effective role the slot that it stands for.
        let shiftType: String
        let nameKey: String
        /// The key of the source's own id, an alias `amion:<id>`.
        let staffKey: String?
    }

    let run: ScrapeRun
    let context: HospitalContext
    let months: [ScrapedMonth]
    let failed: [FailedMonth]
    let rowMessages: [ValidationMessage]
    /// Rows to be stored, month by month in the order of the page.
    private(set) var rows: [Row] = []
    /// Rows of roles that are no shift type and are not ignored.
    private(set) var unknownRoles: [ScrapedAssignment] = []
    /// Rows of ignored roles.
    private(set) var ignored = 0
    /// SHA-256 over all rows of all months, also those outside the window.
    let checksum: String

    /// Maps roles.
    ///
    /// - Parameters:
    ///   - run: The run; rows outside its window are passed over.
    ///   - context: The hospital.
    ///   - months: What was had; of a month that is given twice the first counts.
    ///   - failed: What was not.
    ///   - rowMessages: What was found beside the months' own messages.
    /// - Throws: `EncodingError`.
    init(
        run: ScrapeRun, context: HospitalContext, months: [ScrapedMonth], failed: [FailedMonth],
        rowMessages: [ValidationMessage]
    ) throws {
        let asked = Set(run.months)
        var seen: Set<LocalDate> = []
        let months = months.filter { asked.contains($0.month) && seen.insert($0.month).inserted }
            .sorted { $0.month < $1.month }
        self.run = run
        self.context = context
        self.months = months
        self.failed = failed.filter { asked.contains($0.month) && seen.insert($0.month).inserted }
            .sorted { $0.month < $1.month }
        self.rowMessages = months.flatMap(\.messages) + rowMessages
        checksum = try CanonicalRows.checksum(months.flatMap(\.rows))
        let ignoredRoles = Set((context.settings.amion?.ignoredRoles ?? []).map { NameKey.shiftType($0) })
        for month in months {
            for row in month.rows where run.window.contains(row.date) && row.date.firstOfMonth == month.month {
                map(row, ignoredRoles: ignoredRoles)
            }
        }
    }

    private mutating func map(_ row: ScrapedAssignment, ignoredRoles: Set<String>) {
        let vocabulary = context.vocabulary
        if let slot = vocabulary.type(named: row.role).flatMap({ vocabulary.slot(of: $0) }) {
            rows.append(
                Row(
                    row: row, shiftType: slot.code, nameKey: NameKey.person(row.name),
                    staffKey: row.staffID.map { NameKey.person("amion:\($0)") }))
        } else if ignoredRoles.contains(NameKey.shiftType(row.role)) {
            ignored += 1
        } else {
            unknownRoles.append(row)
        }
    }

    /// The code of the role without which a weekday is worth a warning (domain 4.3, MISSING_MIDC).
    static let watchedRole = "MidC"

    /// The weekdays of the window's part that was had; none when the hospital has no ``watchedRole``.
    var watchedDays: [LocalDate] {
        guard context.vocabulary.type(code: Self.watchedRole) != nil else { return [] }
        return months.flatMap { month -> [LocalDate] in
            let (first, last) = (max(month.month, run.window.start), min(month.month.lastOfMonth, run.window.end))
            guard let days = DateRange(first, last) else { return [] }
            return (0..<days.dayCount).map { first.adding(days: $0) }.filter { !context.isWeekend($0) }
        }
    }

    /// The last date of the window's part that was had.
    var lastDay: LocalDate? { months.last.map { min($0.month.lastOfMonth, run.window.end) } }

    /// What was stored, with all messages of the phase.
    ///
    /// - Parameter answer: What statement 5 said.
    /// - Returns: Figures and report.
    func stored(_ answer: AssignmentAnswer) -> ScrapeStored {
        var stored = ScrapeStored(versionID: run.versionID, batchID: run.batchID, attempt: run.attempt)
        stored.rowCount = rows.count + unknownRoles.count + ignored
        (stored.created, stored.unchanged, stored.removed) = (answer.created, answer.unchanged, answer.removed)
        stored.heldByHand = max(0, answer.wanted - answer.created - answer.unchanged)
        stored.unknownPeople = Self.tally(answer.unknown.map { rows[$0].row }, by: \.name)
        stored.ambiguousPeople = Self.tally(answer.ambiguous.map { rows[$0].row }, by: \.name)
        stored.unknownRoles = Self.tally(unknownRoles, by: \.role)
        stored.ignored = ignored
        stored.noSlot = answer.unplaced.count
        stored.specialtyConflicts = answer.conflicting.count
        stored.overlaps = answer.overlaps
        stored.withoutMidC = answer.withoutMidC
        stored.twiceOnSlot = answer.pairs - answer.wanted
        stored.rejectedRows =
            answer.unknown.count + answer.ambiguous.count + rowMessages.count(where: \.isRowError)
        stored.monthsDone = months.count
        stored.monthsFailed = failed.count
        stored.checksum = checksum
        stored.duplicateOf = answer.duplicateOf
        stored.dataRevision = answer.dataRevision + (answer.created + answer.removed > 0 ? 1 : 0)
        stored.readerMessageCount = rowMessages.count
        stored.report = ScrapeMessages(scrape: self, answer: answer, stored: stored).report
        return stored
    }

    /// Rows by fate: what the reader rejected, too, is a row.
    func counters(_ stored: ScrapeStored) -> RowCounters {
        var counters = RowCounters()
        counters.total = stored.rowCount + rowMessages.count(where: \.isRowError)
        counters.created = stored.created + stored.unchanged
        counters.failed = stored.rejectedRows
        return counters
    }

    /// How many rows have each text, by first appearance.
    static func tally(_ rows: [ScrapedAssignment], by text: (ScrapedAssignment) -> String) -> [ScrapeTally] {
        var places: [String: Int] = [:]
        var tallies: [ScrapeTally] = []
        for row in rows {
            let name = text(row)
            if let place = places[name] {
                tallies[place].count += 1
            } else {
                places[name] = tallies.count
                tallies.append(ScrapeTally(name: name, count: 1))
            }
        }
        return tallies
    }
}
