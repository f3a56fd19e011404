import Foundation
import ODS
import Testing

/// What is read of a file in `Tests/Fixtures/ods`; nothing was cut off.
private func fixture(_ name: String) throws -> Collector {
    let found = try read(fixtureBytes(name))
    #expect(!found.events.contains { if case .truncated = $0 { true } else { false } })
    return found
}

/// The values of a row, by column.
private func values(_ found: Collector, row: Int) -> [Int: ODSValue] {
    guard let cells = found.rows.first(where: { $0.number == row })?.cells else { return [:] }
    return Dictionary(cells.map { ($0.column, $0.value) }, uniquingKeysWith: { first, _ in first })
}

@Suite struct `Workbooks written by LibreOffice` {
    private static let duties = [
        "1: 1=Date 2=Shift Type 3=Start Time 4=End Time 5=Required 6=Staff 7=Hours",
        "2: 1=2026-03-02 2=ON1 3=17:00 4=24:00 5=1 6=Ada Quill 7=7",
        "3: 1=2026-03-03 2=ON2 3=17:30 4=08:00 5=2 6=Bo & Cy 7=14.5",
        "4: 1=2026-03-04 2=ON1 3=00:00 4=07:59:59 5=1 6=hidden one 7=7.99972222222222",
        "5: 1=2026-03-05 2=ON1 3=17:00 4=23:00 5=1 6=filtered one 7=6",
        "6: 1=2026-03-06 2=ON1 3=17:00 4=23:00 5=1 6=Dee",
        "7: 1=2026-03-07 2=MidC",
    ]

    /// Hidden and filtered rows count, notes do not, computed cells have their result, dates and times their exact value.
    @Test(arguments: ["list.ods", "excel.ods"])
    func `a list with typed dates, times, notes, hidden rows and formulas`(name: String) throws {
        let found = try fixture("libreoffice/\(name)")
        #expect(found.events.first == .sheet("Duties", 0) && found.table == Self.duties)
        let second = values(found, row: 2)
        #expect(second[1] == .date("2026-03-02") && second[3] == .time(seconds: 61_200, raw: "PT17H00M00S"))
        #expect(second[5] == .number(1, shown: "1", raw: "1") && second[7] == .number(7, shown: "7", raw: "7"))
        #expect(values(found, row: 7)[1] == .date("2026-03-07T18:30:00"))
    }

    @Test(arguments: ["cells.ods", "cells.fods"])
    func `every kind of cell, in an archive and flat`(name: String) throws {
        let found = try fixture("libreoffice/\(name)")
        let kinds: [ODSValue] = [
            .number(2.5, shown: "2.5", raw: "2.5"), .number(3, shown: "3", raw: "3"),
            .number(0.25, shown: "25 %", raw: "0.25"), .number(12.5, shown: "$12.50", raw: "12.5"), .boolean(true),
            .date("2024-02-29"), .date("2026-12-31T23:59:58"), .time(seconds: 93_600, raw: "PT26H00M00S"),
            .text("a<b>"), .boolean(true), .text("#DIV/0!"), .text("007"),
        ]
        #expect(found.rows.prefix(12).map { $0.cells.last?.value } == kinds)
        let texts = [
            "one\ntwo\n\nfour", "a   bcd", "plain bold plain", "see the page", "  kept at both ends", "<&>\"' é € 🙂",
            "name with signs",
        ]
        #expect(found.rows.dropFirst(12).map { $0.cells.first?.text } == texts)
        let sheets = found.events.compactMap { if case .sheet(let name, _) = $0 { name } else { nil } }
        #expect(sheets == ["Kinds", "Text", "A & B's  sheet"])
    }

    @Test func `merged cells keep the place of what stands beside and below`() throws {
        #expect(
            try fixture("libreoffice/merged.ods").table == [
                "1: 1=wide 4=beside", "2: 4=below beside", "3: 1=tall 4=third", "4: 4=fourth", "5: 2=fifth",
                "6: 1=same 2=same 3=same 5=same", "7: 1=every row", "8: 1=every row", "9: 1=every row",
            ])
    }

    @Test func `a coloured tail of a million rows costs nothing and hides no row`() throws {
        let found = try fixture("libreoffice/tail.ods")
        #expect(found.table == ["1: 1=first", "1048576: 2=last", "1: 1=only"])
        #expect(found.events.count == 9)
    }

    @Test func `a workbook as Google Sheets exports it`() throws {
        let found = try fixture("libreoffice/google-sheets.ods")
        #expect(
            found.table == [
                "1: 1=Date 2=Shift Type 4=Start Time", "2: 1=2026-03-02 2=ON1 4=1899-12-30",
                "3: 1=2026-03-03 2=ON2 4=17:30", "4: 1=a>b 2=3",
            ])
        #expect(values(found, row: 2)[4] == .date("1899-12-30T17:00:00"))
    }
}
