import Foundation
import ODS
import ScheduleModel
import Testing

@testable import ScheduleImport

/// Rows read from their bytes are the rows read as texts, cell by cell: whatever a list holds, with the short way on or off
/// the same slots, messages and counts come out.
@Suite struct RegularRowTests {
    // MARK: Whole lists of random cells

    @Test(arguments: 0..<60)
    func `random lists read from bytes are those read as texts`(seed: Int) throws {
        var random = SplitMix(state: UInt64(seed))
        let rows = (0..<400).map { _ in Self.cells(using: &random) }
        let settings = try Workbooks.settings(
            #"{"layout_a": {"study_map": {"Type A": "NEURO"}, "specialty_map": {"ICU": "BODY_ONLY"}}}"#)
        let hospital = try Workbooks.hospital(settings: seed.isMultiple(of: 2) ? settings : HospitalSettings())
        let range = seed.isMultiple(of: 3) ? try Workbooks.range("2026-03-07", "2026-11-02") : nil
        try expectSame(rows, hospital: hospital, range: range)
    }

    @Test func `a list with more combinations of words than are remembered is read all the same`() throws {
        var random = SplitMix(state: 1)
        let rows = (0..<30_000).map { number -> [ODSCell] in
            let word = number % 9_500
            return Self.row(
                .date("2026-03-\(10 + Int.random(in: 0..<20, using: &random))"), .text("Night"), .text("2"),
                .text("Group \(word / 100)"), .text("Study \(word % 100)"))
        }
        try expectSame(rows, hospital: Workbooks.hospital(), range: nil)
    }

    @Test func `nights of clock changes have the same instants`() throws {
        let types = ShiftType.initial.map(\.code)
        let rows = ["2026-03-07", "2026-03-08", "2026-10-31", "2026-11-01"].flatMap { day in
            (0..<3).flatMap { round in
                types.map { Self.row(.date(day), .text($0), .text("1"), .text("G\(round)"), .text("")) }
            }
        }
        let window = try #require(ShiftWindow(startSeconds: 2 * 3600 + 900, endSeconds: 2 * 3600 + 1800))
        let lost = ShiftType(code: "LOST", window: window)
        let more = ["2026-03-08", "2026-03-09", "2026-03-08", "2026-11-01"].enumerated().map { number, day in
            Self.row(.date(day), .text("Lost"), .text("1"), .text("H\(number)"), .text(""))
        }
        try expectSame(rows + more + more, hospital: Workbooks.hospital(adding: [lost]), range: nil)
    }

    // MARK: What the short way takes

    @Test(arguments: [
        ("2026-03-06", true), ("2026-02-29", false), ("2024-02-29", true), ("2026-3-06", false), ("2026-03-06 ", false),
        ("0000-01-01", false), ("2026/03/06", false), ("２０２６-03-06", false), ("+026-03-06", false),
    ])
    func `text is a date when it is exactly one`(text: String, isRead: Bool) {
        #expect((Self.read(.text(text), .text("1")) != nil) == isRead)
    }

    @Test(arguments: [
        ("2026-03-06", true), ("2026-03-06T17:00:00", true), ("2026-03-06\u{301}", false), ("2026-03-0", false),
        ("2026-02-30T00:00:00", false),
    ])
    func `the first ten characters of a date cell count`(raw: String, isRead: Bool) {
        #expect((Self.read(.date(raw), .text("1")) != nil) == isRead)
    }

    private static let headCounts: [(ODSValue, Int?)] = [
        (ODSValue.text("7"), 7), (.text("007"), 7), (.text("1000"), 1000), (.text("1001"), nil), (.text("0"), nil),
        (.text("+7"), nil), (.text("7 "), nil), (.text("٧"), nil), (.number(3, shown: "3 people", raw: "3"), 3),
        (.number(2.5, shown: "3", raw: "2.5"), nil), (.number(3, shown: "\u{A0}", raw: "3"), nil),
        (.number(1e300, shown: "", raw: "1e300"), nil), (.number(1000, shown: "", raw: "1E3"), 1000),
        (.boolean(true), nil), (.time(seconds: 1, raw: "PT1S"), nil), (.date("0003"), nil),
    ]

    @Test(arguments: headCounts)
    func `head counts are whole numbers from 1 to 1000`(value: ODSValue, number: Int?) {
        #expect(Self.read(.text("2026-03-06"), value)?.staffing == number)
    }

    @Test func `rows without anything to report are read from their bytes once their words are known`() throws {
        let rows = (1...9).map {
            Self.row(.date("2026-03-0\($0)"), .text("Night"), .text("1"), .text("ICU"), .text("A"))
        }
        var known = KnownRows()
        let cells = ODSRow(number: 2, cells: rows[0]).cells
        let words = try #require(RowWords(cells, columns: try Self.columns()))
        #expect(known.meaning(words, in: cells.bytes.span) == nil)
        known.learn(
            KnownRows.Meaning(key: 5, window: 0, kind: 0, unmappedSpecialty: nil, unmappedStudy: nil), words,
            in: cells.bytes.span)
        for row in rows {
            let cells = ODSRow(number: 3, cells: row).cells
            let regular = try #require(RegularRow(cells, columns: try Self.columns()))
            #expect(known.meaning(regular.words, in: cells.bytes.span)?.key == 5)
        }
        let other = ODSRow(number: 3, cells: Self.row(.text("d"), .text("Nigh"), .text("1"), .text("tICU"), .text("A")))
            .cells
        let shifted = try #require(RowWords(other, columns: try Self.columns()))
        #expect(known.meaning(shifted, in: other.bytes.span) == nil)
    }

    @Test func `keys that meet in the table are told apart`() {
        var keys = ShiftKeys(multiplier: 1)
        let words = (0..<7).map {
            keys.key(slot: "DAY", words: ListWords(number: $0, sourceKey: "", study: nil, constraint: nil))
        }
        for day in 0..<3_000 { #expect(keys.firstRow(day: day, key: words[day % 7], row: day + 2) == nil) }
        for day in 0..<3_000 { #expect(keys.firstRow(day: day, key: words[day % 7], row: 9_999) == day + 2) }
        #expect(keys.firstRow(day: 3_000, key: words[0], row: 9_999) == nil)
    }

    // MARK: Making rows

    private static let header = ["Date", "ShiftType", "RequiredStaffing", "SpecialtyConstraint", "StudyType"]

    private static func columns() throws -> ListColumns {
        ListColumns(
            ListHeader(ODSRow(number: 1, cells: header.enumerated().map { .init(column: $0 + 1, value: .text($1)) })))
    }

    private static func read(_ date: ODSValue, _ staffing: ODSValue) -> RegularRow? {
        guard let columns = try? columns() else { return nil }
        return RegularRow(
            ODSRow(number: 2, cells: row(date, .text("Night"), staffing, .text(""), .text(""))).cells, columns: columns)
    }

    /// Cells of the five columns; an empty text is no cell.
    private static func row(_ values: ODSValue...) -> [ODSCell] {
        values.enumerated().filter { $1 != .text("") }.map { ODSCell(column: $0 + 1, value: $1) }
    }

    private static func cells(using random: inout SplitMix) -> [ODSCell] {
        var pick = random
        func one(_ values: [ODSValue]) -> ODSValue { values.randomElement(using: &pick) ?? .text("") }
        let day = ["03-06", "03-07", "03-08", "03-09", "11-01", "11-02", "02-29"].randomElement(using: &pick) ?? ""
        // Mostly what is good, so that words come again and rows are taken both ways.
        let isGood = Int.random(in: 0..<10, using: &pick) < 7
        let date = one(
            isGood
                ? [.text("2026-\(day)"), .date("2026-\(day)"), .date("2026-\(day)T17:00:00")]
                : [
                    .text(" 2026-\(day)\u{A0}"), .text("2026-\(day)x"), .text("6.3.2026"), .date("2026-\(day)\u{301}"),
                    .date("26-03-06"), .number(46_087, shown: "2026-03-06", raw: "46087"), .boolean(true), .text(""),
                    .time(seconds: 3600, raw: "PT1H"), .text("\u{A0}"), .text("2026-03-06\n"),
                ])
        let shift = one(
            [
                "Night", "NIGHT", "night", "Ｎight", "Mid C", "mid_c", "mid-c", "MIDC", "ON Body", "Overnight",
                "Day",
            ].map { .text($0) }
                + (isGood
                    ? []
                    : [
                        .text(" Night"), .text("Night\u{A0}"), .text("Nigt"), .text("Naught"), .text(""),
                        .text("N\u{ED}ght"), .text("Ni\u{301}ght"), .number(3, shown: "Night", raw: "3"),
                        .date("Night"), .text("\u{2003}Mid\u{2003}3\u{2003}"),
                    ]))
        let staffing = one(
            isGood
                ? [.text("1"), .text("03"), .number(2, shown: "2", raw: "2"), .number(7, shown: "", raw: "7.0")]
                : [
                    .text("3abc"), .text("2.5"), .text("0"), .text("1001"), .text("00001"), .text(" 4 "), .text("٤"),
                    .number(2.5, shown: "3", raw: "2.5"), .number(5, shown: " ", raw: "5"), .text(""),
                    .number(-1, shown: "-1", raw: "-1"), .boolean(true), .text("99999999999999999999"),
                ])
        let words: [ODSValue] =
            ["", "ICU", "icu", "I C U", "BODY_ONLY", "both", "Type-A", "type a", "Chirurgie", "Chirurgié", "NEURO"]
            .map { .text($0) }
        let odd: [ODSValue] = [
            .text("\u{A0}ICU "), .text("ICU\tx"), .text("e\u{301}"), .text("\u{E9}"),
            .number(3, shown: "ICU", raw: "3"),
            .text(String(repeating: "w", count: 150)), .boolean(false), .text("a|b"), .text("ﬁ"),
        ]
        let specialty = one(isGood ? words : words + odd)
        let study = one(isGood ? words : words + odd)
        random = pick
        return row(date, shift, staffing, specialty, study)
    }

    /// Reads the rows both ways and compares all that comes out.
    private func expectSame(_ rows: [[ODSCell]], hospital: HospitalContext, range: DateRange?) throws {
        let (short, shortMessages) = try read(rows, hospital, range, readsRegularRows: true)
        let (long, longMessages) = try read(rows, hospital, range, readsRegularRows: false)
        #expect(shortMessages == longMessages)
        #expect(short.counters == long.counters && short.facts == long.facts && short.range == long.range)
        #expect(short.report.counts == long.report.counts)
        #expect(short.shifts == long.shifts)
        #expect(!long.shifts.isEmpty)
    }

    private func read(
        _ rows: [[ODSCell]], _ hospital: HospitalContext, _ range: DateRange?, readsRegularRows: Bool
    ) throws -> (ScheduleDraft, [ValidationMessage]) {
        var messages: [ValidationMessage] = []
        let collector = MessageCollector { message in
            var message = message
            message.timestamp = Date(timeIntervalSince1970: 0)
            messages.append(message)
        }
        let today = try #require(LocalDate("2026-03-06"))
        var reader = ListLayoutReader(
            context: hospital, options: ImportOptions(range: range, maxErrorRate: 1, today: today),
            collector: collector, sheet: "Sheet1", readsRegularRows: readsRegularRows)
        try reader.row(
            ODSRow(number: 1, cells: Self.header.enumerated().map { .init(column: $0 + 1, value: .text($1)) }))
        for (place, cells) in rows.enumerated() where !cells.isEmpty {
            try reader.row(ODSRow(number: place + 2, cells: cells))
        }
        return (try reader.finish(), messages)
    }
}

/// A generator that gives the same numbers at each run (SplitMix64).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
