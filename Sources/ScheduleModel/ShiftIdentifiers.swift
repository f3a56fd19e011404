/// Makes the ids of a version's slots one after the other, as ``DeterministicID/shift(version:_:)`` does each alone.
///
/// What the names of a date's slots begin with is hashed once; so slots that come in the order of their dates take half the work.
package struct ShiftIdentifiers {
    private let version: SHA1
    private var date: SHA1
    private var day: Int32?
    private let tails: [UInt8]
    private var tailEnds: [Int] = [0]

    /// Starts with a list of kinds, which are asked for by number.
    package init(version: Identifier<ScheduleVersion>, kinds: [ShiftKind]) {
        self.version = DeterministicID.hash(ofNameThatBegins: "shift:\(version):")
        date = self.version
        var tails: [UInt8] = []
        for kind in kinds {
            tails += DeterministicID.tail(of: kind).utf8
            tailEnds.append(tails.count)
        }
        self.tails = tails
    }

    /// A slot's id, as four words of which the highest byte comes first.
    package mutating func words(of row: ShiftList.Row) -> InlineArray<4, UInt32> {
        if row.day != day {
            day = row.day
            date = version
            date.update(Array(row.date.description.utf8).span)
        }
        var hash = date
        hash.update(tails.span.extracting(tailEnds[Int(row.kind)]..<tailEnds[Int(row.kind) + 1]))
        return DeterministicID.words(hash)
    }
}
