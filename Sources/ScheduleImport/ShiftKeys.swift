import ScheduleModel

/// Which shifts a list has named already: date, slot, study and specialty, in one number a row.
///
/// An open table of two arrays, 12 bytes a place: a dictionary takes twice that, and longer.
struct ShiftKeys {
    private var slots: [String: UInt64] = [:]
    /// Keys; 0, which no key is, is free.
    private var keys: [UInt64] = []
    /// The row of each key.
    private var rows: [UInt32] = []
    private var count = 0
    /// Unknown outside, so that no list can be made whose keys all meet.
    private let seed: UInt64

    /// Days from the first of the year 1 to 1970-01-01, and one more, so that no key is 0.
    private static let daysToFirst = 719_163
    private static let fewestPlaces = 1_024

    init(seed: UInt64 = .random(in: .min ... .max)) { self.seed = seed | 1 }

    /// The part of a key that does not depend on the date.
    mutating func key(slot: String, words: ListWords) -> UInt64 {
        let number = slots[slot] ?? UInt64(slots.count)
        slots[slot] = number
        return (number & 0xFFFF) << 26 | words.number & 0x3FF_FFFF
    }

    /// Notes a shift, and says in which row it was named before, if it was.
    ///
    /// The number is exact: 22 bits of date (years 1 to 9999 are 3.7 million days), 16 of slot, and 26 of words, of which a
    /// sheet's 2^20 rows cannot have more.
    mutating func firstRow(day: Int, key: UInt64, row: Int) -> Int? {
        if count * 4 >= keys.count * 3 { grow() }
        let whole = UInt64(truncatingIfNeeded: day + Self.daysToFirst) << 42 | key
        let place = place(of: whole)
        guard keys[place] == 0 else { return Int(rows[place]) }
        keys[place] = whole
        rows[place] = UInt32(truncatingIfNeeded: row)
        count += 1
        return nil
    }

    /// Where a key stands, or the free place that it would take.
    private func place(of key: UInt64) -> Int {
        let mask = keys.count - 1
        var hash = (key ^ seed) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ hash >> 32) &* seed
        var place = Int(truncatingIfNeeded: hash >> 32) & mask
        while keys[place] != 0, keys[place] != key { place = (place + 1) & mask }
        return place
    }

    private mutating func grow() {
        let (oldKeys, oldRows) = (keys, rows)
        let places = max(Self.fewestPlaces, keys.count * 2)
        keys = [UInt64](repeating: 0, count: places)
        rows = [UInt32](repeating: 0, count: places)
        for old in oldKeys.indices where oldKeys[old] != 0 {
            let place = place(of: oldKeys[old])
            keys[place] = oldKeys[old]
            rows[place] = oldRows[old]
        }
    }
}
