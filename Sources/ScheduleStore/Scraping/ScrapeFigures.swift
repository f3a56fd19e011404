import ScheduleModel

/// The figures of a scrape: the batch's metrics and what the audit trail keeps; no names.
struct ScrapeFigures: Encodable {
    /// What became of one month.
    struct Month: Encodable {
        /// Such as `2026-03`.
        let month: String
        /// `fetched`, `unchanged`, `skipped` or `failed`.
        let result: String
        /// Its rows, those outside the window too; 0 when it failed.
        let rows: Int
        /// Why it failed.
        let code: ValidationCode?
    }

    let attempt, rows, created, unchanged, removed, held_by_hand, unknown_people, ambiguous_people, unknown_roles: Int
    let ignored, no_slot, specialty_conflicts, overlaps, weekdays_without_midc, rejected_rows: Int
    let months_done, months_fetched, months_unchanged, months_skipped, months_failed, requests, retries: Int
    let months: [Month]
    let duplicate_of: Identifier<ScrapeBatch>?
    let outcome: Outcome

    init(_ stored: ScrapeStored, scrape: MappedScrape, traffic: ScrapeTraffic) {
        (attempt, rows, created) = (stored.attempt, stored.rowCount, stored.created)
        (unchanged, removed, held_by_hand) = (stored.unchanged, stored.removed, stored.heldByHand)
        (unknown_people, ambiguous_people) = (stored.unknownPeople.count, stored.ambiguousPeople.count)
        (unknown_roles, ignored, no_slot) = (stored.unknownRoles.count, stored.ignored, stored.noSlot)
        (specialty_conflicts, overlaps) = (stored.specialtyConflicts, stored.overlaps)
        (weekdays_without_midc, rejected_rows) = (stored.withoutMidC.count, stored.rejectedRows)
        (months_done, months_failed) = (stored.monthsDone, stored.monthsFailed)
        func count(_ origin: MonthOrigin) -> Int { scrape.months.count { $0.origin == origin } }
        (months_fetched, months_unchanged, months_skipped) = (count(.fetched), count(.unchanged), count(.skipped))
        (requests, retries) = (traffic.requests, traffic.retries)
        let had = scrape.months.map {
            Month(month: $0.month.monthText, result: $0.origin.rawValue, rows: $0.rows.count, code: nil)
        }
        let failed = scrape.failed.map {
            Month(month: $0.month.monthText, result: "failed", rows: 0, code: $0.code)
        }
        months = (had + failed).sorted { $0.month < $1.month }
        (duplicate_of, outcome) = (stored.duplicateOf, stored.outcome)
    }
}
