import ScheduleModel
import Testing

@Suite struct ShiftWindowTests {
    private func window(_ from: Int, _ to: Int) throws -> ShiftWindow {
        try #require(ShiftWindow(startSeconds: from * 3600, endSeconds: to * 3600))
    }

    @Test func `an end of midnight is 24:00 of the same evening`() throws {
        let start = try #require(LocalTime(hour: 17))
        let evening = try #require(
            ShiftWindow(start: start, startDayOffset: 0, end: .midnight, endDayOffset: 1))
        #expect(evening.endSeconds == 86_400)
        #expect(evening.end == .midnight)
        #expect((evening.startDayOffset, evening.endDayOffset) == (0, 1))
        #expect(ShiftWindow(start: start, startDayOffset: 0, end: .midnight, endDayOffset: 0) == nil)
    }

    @Test func `a duty after midnight starts and ends one day after its schedule date`() throws {
        let on1 = try window(24, 32)
        #expect((on1.startDayOffset, on1.endDayOffset) == (1, 1))
        #expect((on1.start.description, on1.end.description) == ("00:00", "08:00"))
        #expect(on1.description == "00:00+1–08:00+1")
    }

    @Test func `a block without length is none`() {
        #expect(ShiftWindow(startSeconds: 3600, endSeconds: 3600) == nil)
        #expect(ShiftWindow(startSeconds: 7200, endSeconds: 3600) == nil)
        #expect(ShiftWindow(startSeconds: -1, endSeconds: 3600) == nil)
    }

    @Test func `blocks that only touch share nothing`() throws {
        #expect(try window(17, 18).intersection(window(18, 24)) == nil)
        #expect(try window(17, 22).intersection(window(18, 24)) == window(18, 22))
        #expect(try window(17, 18).union(window(22, 24)) == window(17, 24))
    }

    @Test func `there is no time of day outside a day`() {
        #expect(LocalTime(hour: 24) == nil)
        #expect(LocalTime(hour: 0, minute: 60) == nil)
        #expect(LocalTime(hour: 23, minute: 59, second: 60) == nil)
        #expect(LocalTime(secondsSinceMidnight: 86_400) == .midnight)
        #expect(LocalTime(secondsSinceMidnight: -60).description == "23:59")
        #expect(LocalTime(hour: 7, minute: 5, second: 9)?.description == "07:05:09")
    }
}
