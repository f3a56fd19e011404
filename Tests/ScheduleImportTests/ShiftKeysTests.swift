import ScheduleModel
import Testing

@testable import ScheduleImport

@Suite struct `Shifts that a list has named` {
    private func words(_ number: Int) -> ListWords {
        ListWords(number: UInt64(number), sourceKey: "", study: nil, constraint: nil)
    }

    @Test func `every shift is found again in the row that named it first, whatever came between`() {
        var keys = ShiftKeys()
        var row = 0
        var expected: [(day: Int, slot: String, words: Int, row: Int)] = []
        for day in 0..<100 {
            for slot in ["NIGHT", "DAY", "MORNING"] {
                for number in [0, 1, 2, 700, 1_048_575] + Array(10..<100) {
                    row += 1
                    expected.append((20_500 + day, slot, number, row))
                }
            }
        }
        for shift in expected {
            let date = LocalDate(dayNumber: shift.day)
            #expect(
                keys.firstRow(
                    day: date.dayNumber, key: keys.key(slot: shift.slot, words: words(shift.words)), row: shift.row)
                    == nil)
        }
        for shift in expected {
            let date = LocalDate(dayNumber: shift.day)
            let first = keys.firstRow(
                day: date.dayNumber, key: keys.key(slot: shift.slot, words: words(shift.words)), row: 1_048_576)
            #expect(first == shift.row)
        }
    }

    @Test func `the first and the last date, word and row that a sheet can have are told apart`() throws {
        var keys = ShiftKeys()
        let dates = [try #require(LocalDate("0001-01-01")), try #require(LocalDate("9999-12-31"))]
        for date in dates {
            for number in [0, 1_048_575] {
                #expect(
                    keys.firstRow(day: date.dayNumber, key: keys.key(slot: "DAY", words: words(number)), row: 1_048_576)
                        == nil)
                #expect(
                    keys.firstRow(day: date.dayNumber, key: keys.key(slot: "DAY", words: words(number)), row: 1)
                        == 1_048_576)
                #expect(
                    keys.firstRow(day: date.dayNumber, key: keys.key(slot: "NIGHT", words: words(number)), row: 1)
                        == nil)
            }
        }
    }
}
