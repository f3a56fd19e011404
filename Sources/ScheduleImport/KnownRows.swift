/// What rows with the same three words were found to be, looked up by the bytes of the words.
///
/// It only ever holds what ``ListRow`` read and accepted, and forgets everything when it is full, so that a list in which
/// each row has words of its own does not make it grow.
struct KnownRows {
    /// What the words of a row mean.
    struct Meaning {
        /// Slot and normalised words, as ``ShiftKeys`` has them.
        let key: UInt64
        /// The number of the slot's window in ``SpanTable``.
        let window: Int
        /// The number of the kind in the list of slots.
        let kind: UInt32
        /// The places in ``UnmappedWords`` at which the words count; `nil` for a mapped one.
        let unmappedSpecialty: Int?
        let unmappedStudy: Int?
    }

    private struct Entry {
        let hash: UInt32
        /// Where the words stand, one behind the other: shift type, specialty, study.
        let start: Int
        let specialty: Int
        let study: Int
        let end: Int
        let meaning: Meaning
    }

    /// Words that are remembered at once: a hospital has some dozens of each kind, and lists some thousand combinations.
    private static let mostEntries = 8_192
    /// Places of the table, twice as many and a power of two.
    private static let places = 16_384
    /// Looks until a row counts as not known; in a table that is half full hardly one needs more than ten.
    private static let mostLooks = 32

    private var entries: [Entry] = []
    private var bytes: [UInt8] = []
    /// Numbers of entries from 1; 0 is free.
    private var table: [UInt16] = []

    /// What a row's words mean; `nil` when they are not known.
    func meaning(_ words: RowWords, in row: Span<UInt8>) -> Meaning? {
        guard !entries.isEmpty else { return nil }
        let hash = Self.hash(words, row)
        var place = Int(hash) & (Self.places - 1)
        for _ in 0..<Self.mostLooks {
            let number = Int(table[place])
            guard number > 0 else { return nil }
            if entries[number - 1].hash == hash, isEntry(number - 1, words, row) { return entries[number - 1].meaning }
            place = (place + 1) & (Self.places - 1)
        }
        return nil
    }

    /// Remembers what a row's words, which are not known, mean.
    mutating func learn(_ meaning: Meaning, _ words: RowWords, in row: Span<UInt8>) {
        if entries.count == Self.mostEntries || entries.isEmpty {
            entries.removeAll(keepingCapacity: true)
            bytes.removeAll(keepingCapacity: true)
            table = [UInt16](repeating: 0, count: Self.places)
        }
        let start = bytes.count
        append(words.shift, row)
        let specialty = bytes.count
        append(words.specialty, row)
        let study = bytes.count
        append(words.study, row)
        let hash = Self.hash(words, row)
        entries.append(
            Entry(hash: hash, start: start, specialty: specialty, study: study, end: bytes.count, meaning: meaning))
        var place = Int(hash) & (Self.places - 1)
        while table[place] != 0 { place = (place + 1) & (Self.places - 1) }
        table[place] = UInt16(entries.count)
    }

    private mutating func append(_ range: Range<Int>, _ row: Span<UInt8>) {
        for index in range { bytes.append(row[index]) }
    }

    private func isEntry(_ number: Int, _ words: RowWords, _ row: Span<UInt8>) -> Bool {
        let entry = entries[number]
        return isEqual(entry.start..<entry.specialty, words.shift, row)
            && isEqual(entry.specialty..<entry.study, words.specialty, row)
            && isEqual(entry.study..<entry.end, words.study, row)
    }

    private func isEqual(_ known: Range<Int>, _ range: Range<Int>, _ row: Span<UInt8>) -> Bool {
        guard known.count == range.count else { return false }
        for offset in 0..<known.count where bytes[known.lowerBound + offset] != row[range.lowerBound + offset] {
            return false
        }
        return true
    }

    private static var prime: UInt64 { 0x100_0000_01b3 }

    /// FNV-1a; words that collide on purpose only make rows unknown.
    private static func hash(_ words: RowWords, _ row: Span<UInt8>) -> UInt32 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in words.shift { hash = (hash ^ UInt64(row[index])) &* prime }
        for index in words.specialty { hash = (hash ^ UInt64(row[index])) &* prime }
        for index in words.study { hash = (hash ^ UInt64(row[index])) &* prime }
        return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
    }
}
