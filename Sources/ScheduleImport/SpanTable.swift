import ScheduleModel

/// When the blocks of a hospital are on the dates of a list, each asked of the zone once.
///
/// A date's offsets follow from the zone's rules and nothing else, so the days of a clock change are like any other here.
struct SpanTable {
    private struct Entry {
        /// Days since 1970-01-01.
        var day: Int32 = .min
        var window: UInt16 = 0
        /// Whether the clock change leaves the block any length.
        var hasLength = false
        var span: UInt32 = 0
    }

    /// Places, a power of two: eight blocks on each of 1,024 dates.
    private static let places = 8_192
    private static let windowsPerDay = 8

    private let zone: ScheduleZone
    private var windows: [ShiftWindow] = []
    private var entries = [Entry](repeating: Entry(), count: places)

    init(_ zone: ScheduleZone) { self.zone = zone }

    /// The number of a block, which it gets when it has none.
    mutating func number(of window: ShiftWindow) -> Int {
        if let number = windows.firstIndex(of: window) { return number }
        windows.append(window)
        return windows.count - 1
    }

    /// The number that a block of a date has in a list of slots; `nil` when it has no length that night.
    mutating func span(ofWindow window: Int, onDay day: Int, in shifts: inout ShiftList) -> UInt32? {
        let place = (day &* Self.windowsPerDay &+ window) & (Self.places - 1)
        let known = entries[place]
        if known.day == Int32(truncatingIfNeeded: day), known.window == UInt16(truncatingIfNeeded: window) {
            return known.hasLength ? known.span : nil
        }
        var entry = Entry(
            day: Int32(truncatingIfNeeded: day), window: UInt16(truncatingIfNeeded: window), hasLength: false)
        let date = LocalDate(dayNumber: day)
        if let interval = zone.interval(of: windows[window], on: date) {
            entry.hasLength = true
            entry.span = shifts.number(of: ShiftSpan(from: interval.start, to: interval.end, on: date))
        }
        entries[place] = entry
        return entry.hasLength ? entry.span : nil
    }
}
