import Amion
import Foundation
import ScheduleModel
import ScheduleStore
import Testing

@testable import ScheduleWorkflow

/// Which months are asked for (domain 5.8 and 15 F1), at 12:00 UTC of 20 March 2026 unless a test says otherwise.
struct ScrapePlanTests {
    private static let newYork = ScheduleZone("America/New_York") ?? .utc
    private static let noon = date("2026-03-20T12:00:00Z")

    private static func date(_ text: String) -> Date {
        guard let date = try? Date(text, strategy: .iso8601) else { preconditionFailure("no moment: \(text)") }
        return date
    }

    private static func month(_ text: String) -> LocalDate {
        guard let day = LocalDate("\(text)-01") else { preconditionFailure("no month: \(text)") }
        return day
    }

    private func plan(
        _ checkpoints: MonthCheckpoint..., months: [String] = [], now: Date = noon, zone: ScheduleZone = newYork,
        minAge: Duration = .seconds(300), isForced: Bool = false
    ) -> ScrapePlan {
        ScrapePlan(
            months: months.isEmpty ? checkpoints.map(\.month) : months.map(Self.month),
            checkpoints: Dictionary(uniqueKeysWithValues: checkpoints.map { ($0.month, $0) }), zone: zone, now: now,
            minAge: minAge, isForced: isForced)
    }

    private func checkpoint(
        _ month: String, fetched: String, isComplete: Bool = true, isFinal: Bool = false, etag: String? = "\"v\"",
        lastModified: String? = nil, lastError: String? = nil
    ) -> MonthCheckpoint {
        MonthCheckpoint(
            month: Self.month(month), isComplete: isComplete, isFinal: isFinal, rows: [], etag: etag,
            lastModified: lastModified, fetchedAt: Self.date(fetched), lastError: lastError)
    }

    @Test func `months that were never had are asked for without a condition, each once and in order`() {
        let plan = plan(months: ["2026-04", "2026-03", "2026-04"])
        #expect(plan.asked.map(\.monthText) == ["2026-03", "2026-04"])
        #expect(plan.known.isEmpty)
        #expect(plan.skipped.isEmpty)
        #expect(plan.monthCount == 2)
    }

    @Test func `a past month fetched after its end is skipped`() {
        let plan = plan(checkpoint("2026-02", fetched: "2026-03-02T12:00:00Z", isFinal: true))
        #expect(plan.skipped.map(\.monthText) == ["2026-02"])
        #expect(plan.asked.isEmpty)
        #expect(plan.monthCount == 1)
    }

    @Test func `a past month fetched before its end is asked for on condition`() {
        let plan = plan(checkpoint("2026-02", fetched: "2026-02-20T12:00:00Z"))
        #expect(plan.asked.map(\.monthText) == ["2026-02"])
        #expect(plan.known[Self.month("2026-02")] == MonthValidators(etag: "\"v\""))
    }

    @Test(arguments: ["2026-03", "2026-04", "2027-01"])
    func `current and future months are always asked for`(month: String) {
        // Even if a row says that it is final: a clock may have been wrong when it was written.
        let plan = plan(checkpoint(month, fetched: "2027-03-01T12:00:00Z", isFinal: true))
        #expect(plan.asked.map(\.monthText) == [month])
        #expect(plan.known.count == 1)
    }

    @Test(arguments: [(299, true), (300, false)])
    func `a month younger than the least age is skipped, also the current one`(seconds: Int, isSkipped: Bool) {
        let now = Self.date("2026-03-20T11:00:00Z").addingTimeInterval(Double(seconds))
        let plan = plan(checkpoint("2026-03", fetched: "2026-03-20T11:00:00Z"), now: now)
        #expect(plan.skipped.isEmpty != isSkipped)
        #expect(plan.asked.isEmpty == isSkipped)
    }

    @Test func `a hospital may raise the least age`() {
        let young = checkpoint("2026-03", fetched: "2026-03-20T11:00:00Z")
        #expect(plan(young, minAge: .seconds(3601)).asked.isEmpty)
        #expect(plan(young, minAge: .seconds(3600)).asked.count == 1)
    }

    @Test func `a fetch in the future says nothing of the age`() {
        #expect(plan(checkpoint("2026-03", fetched: "2026-03-20T12:01:00Z")).asked.count == 1)
    }

    @Test func `a month whose last try failed is asked for, however young or final`() {
        let failed = plan(
            checkpoint("2026-02", fetched: "2026-03-02T12:00:00Z", isFinal: true, lastError: "EXTERNAL_SERVICE_ERROR"),
            checkpoint("2026-03", fetched: "2026-03-20T11:59:00Z", lastError: "INVALID_HTML"),
            checkpoint("2026-04", fetched: "2026-03-20T11:59:00Z", isComplete: false, lastError: "INVALID_HTML"))
        #expect(failed.asked.map(\.monthText) == ["2026-02", "2026-03", "2026-04"])
        #expect(
            failed.known.keys.map(\.monthText).sorted() == ["2026-02", "2026-03"],
            "what is not stored cannot be unchanged")
    }

    @Test func `without a validator a month is asked for without a condition`() {
        let plan = plan(
            checkpoint("2026-03", fetched: "2026-03-19T12:00:00Z", etag: nil),
            checkpoint(
                "2026-04", fetched: "2026-03-19T12:00:00Z", etag: nil, lastModified: "Mon, 02 Mar 2026 00:00:00 GMT"))
        #expect(plan.asked.count == 2)
        #expect(plan.known.keys.map(\.monthText) == ["2026-04"])
    }

    @Test func `a forced scrape asks for all without a condition, but not below Amion's floor`() {
        let forced = plan(
            checkpoint("2026-01", fetched: "2026-03-02T12:00:00Z", isFinal: true),
            checkpoint("2026-02", fetched: "2026-03-20T11:54:00Z", isFinal: true),
            checkpoint("2026-03", fetched: "2026-03-20T11:56:00Z"),
            checkpoint("2026-04", fetched: "2026-03-19T12:00:00Z"), minAge: .seconds(3600), isForced: true)
        #expect(forced.asked.map(\.monthText) == ["2026-01", "2026-02", "2026-04"])
        #expect(forced.known.isEmpty)
        #expect(forced.skipped.map(\.monthText) == ["2026-03"])
    }

    @Test func `past and after its end are by the hospital's calendar, also after its zone changed`() throws {
        // 23:30 of 31 March in New York, 1 April in Rome.
        let late = checkpoint("2026-03", fetched: "2026-04-01T03:30:00Z", isFinal: true)
        let rome = try #require(ScheduleZone("Europe/Rome"))
        let now = Self.date("2026-04-10T12:00:00Z")
        #expect(plan(late, now: now, zone: rome).skipped.count == 1)
        #expect(plan(late, now: now, zone: Self.newYork).asked.count == 1)
        let early = Self.date("2026-04-01T03:30:00Z").addingTimeInterval(600)
        #expect(plan(late, now: early, zone: rome).skipped.count == 1)
        #expect(plan(late, now: early, zone: Self.newYork).asked.count == 1, "it is still March there")
    }

    @Test func `a daily sync over six known months asks for one, and for one more with each future month`() {
        let past = ["2025-10", "2025-11", "2025-12", "2026-01", "2026-02"].map {
            checkpoint($0, fetched: "2026-03-19T02:00:00Z", isFinal: true)
        }
        for future in 0...6 {
            let open = (0...future).map { Self.month("2026-03").firstOfMonth(addingMonths: $0) }
            let all = past + open.map { checkpoint($0.monthText, fetched: "2026-03-19T02:00:00Z") }
            let plan = ScrapePlan(
                months: all.map(\.month), checkpoints: Dictionary(uniqueKeysWithValues: all.map { ($0.month, $0) }),
                zone: Self.newYork, now: Self.noon, minAge: .seconds(300))
            #expect(plan.asked == open)
            #expect(plan.skipped.count == 5)
        }
    }
}
