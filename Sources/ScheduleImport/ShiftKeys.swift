import ScheduleModel

/// Which shifts a list has named already, and in which row first: date, slot, study and specialty.
///
/// Eight bytes a shift: 342,000 rows take 4 MB at most, where a dictionary takes 6 MB, and 9 MB while it grows.
struct ShiftKeys {
    /// What of the key is not the slot; one table for each slot.
    private var tables: [Table] = []
    private var slots: [String: Int] = [:]
    /// Spreads the keys; random, so that no file can be made whose keys all meet in one place.
    private let multiplier: UInt64

    /// Makes an empty set; `multiplier` is for tests.
    init(multiplier: UInt64 = .random(in: 0...UInt64.max)) { self.multiplier = multiplier | 1 }

    /// The part of a key that does not depend on the date.
    ///
    /// - Parameters:
    ///   - slot: The shift type's code.
    ///   - words: Its study and specialty.
    /// - Returns: What ``firstRow(day:key:row:)`` takes.
    mutating func key(slot: String, words: ListWords) -> UInt64 {
        let table = slots[slot] ?? tables.count
        if table == tables.count {
            slots[slot] = table
            tables.append(Table())
        }
        return UInt64(table) << Self.wordBits | words.number & Table.rowMask
    }

    /// Notes a shift, and says in which row it was named before, if it was.
    ///
    /// The comparison is exact: date takes 22 bits (years 1 to 9999 are 3.7 million days), and words and rows 21 each, of
    /// which a sheet's 2^20 rows cannot have more.
    ///
    /// - Parameters:
    ///   - day: The shift's day, counted as ``LocalDate/dayNumber``.
    ///   - key: Its other parts, from ``key(slot:words:)``.
    ///   - row: Counts from 1.
    /// - Returns: The first row of the same shift; nil for a new one.
    mutating func firstRow(day: Int, key: UInt64, row: Int) -> Int? {
        let words = key & Table.rowMask
        let date = UInt64(truncatingIfNeeded: day - Self.firstDay)
        return tables[Int(key >> Self.wordBits)].first(
            key: date << Self.wordBits | words, row: UInt64(row), multiplier: multiplier)
    }

    private static let wordBits = 21
    /// Days from the first of the year 1 to 1970-01-01.
    private static let firstDay = -719_162
}

/// Entries of 43 bits of key and 21 of row, in parts that grow one by one, so that growing needs little room.
private struct Table {
    static let rowMask: UInt64 = 0x1F_FFFF

    private var parts = [Part](repeating: Part(), count: 16)

    private struct Part {
        /// 0 is free, since rows count from 1.
        var entries: [UInt64] = []
        var used = 0
    }

    mutating func first(key: UInt64, row: UInt64, multiplier: UInt64) -> Int? {
        let hash = key &* multiplier
        return Self.first(key: key, row: row, multiplier: multiplier, in: &parts[Int(hash >> 60)])
    }

    private static func first(key: UInt64, row: UInt64, multiplier: UInt64, in part: inout Part) -> Int? {
        // Three quarters full at most: then an empty place is near.
        if part.used * 4 >= part.entries.count * 3 { grow(&part, multiplier: multiplier) }
        let place = place(of: key, multiplier: multiplier, in: part.entries)
        let entry = part.entries[place]
        guard entry == 0 else { return Int(entry & rowMask) }
        part.entries[place] = key << 21 | row & rowMask
        part.used += 1
        return nil
    }

    /// Where a key is, or where it goes.
    private static func place(of key: UInt64, multiplier: UInt64, in entries: [UInt64]) -> Int {
        // The four highest bits of the product chose the part; the next ones say how far into it.
        var place = Int(((key &* multiplier) << 4).multipliedFullWidth(by: UInt64(entries.count)).high)
        while entries[place] != 0, entries[place] >> 21 != key {
            place += 1
            if place == entries.count { place = 0 }
        }
        return place
    }

    /// Grows by a quarter: what is moved five times is little work, and what would be empty is not.
    private static func grow(_ part: inout Part, multiplier: UInt64) {
        var larger = [UInt64](repeating: 0, count: max(64, part.entries.count * 5 / 4))
        for entry in part.entries where entry != 0 {
            larger[place(of: entry >> 21, multiplier: multiplier, in: larger)] = entry
        }
        part.entries = larger
    }
}
