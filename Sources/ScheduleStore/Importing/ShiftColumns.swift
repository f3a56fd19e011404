import Foundation
import Postgres
import ScheduleModel

/// The columns of all slots as arrays for `unnest`, each written straight from the list of slots.
///
/// No array of values is made first: what slots have in common is written once for each kind, and dates and instants once for
/// the slots in a row that share them. Pieces of one column are gone before those of the next are made.
struct ShiftColumns {
    private let shifts: ShiftList

    init(_ shifts: ShiftList) { self.shifts = shifts }

    /// The ids that the slots have in a version.
    func ids(_ version: Identifier<ScheduleVersion>) -> PostgresText {
        var identifiers = ShiftIdentifiers(version: version, kinds: shifts.kinds)
        let rows = shifts.rows
        return .uuids(rows.count) { identifiers.words(of: rows[$0]) }
    }

    /// A column of what slots of a kind have in common.
    func common<Value: PostgresEncodable>(_ value: (ShiftKind) -> Value) -> PostgresText {
        let rows = shifts.rows
        return PostgresArrayPieces(shifts.kinds.map(value)).array(rows.count) { Int(rows[$0].kind) }
    }

    /// The schedule dates.
    func dates() -> PostgresText {
        runs(of: { ($0.day, 0) }, value: \.date.postgres)
    }

    /// One of the two instants of each slot.
    func instants(_ instant: ((start: Date, end: Date)) -> Date) -> PostgresText {
        runs(of: { ($0.day, $0.span) }) { instant(shifts.spans[Int($0.span)].instants(on: $0.date)) }
    }

    /// The head counts.
    func desired() -> PostgresText {
        let rows = shifts.rows
        return .integers(rows.count) { Int(rows[$0].desired) }
    }

    /// The rows that the slots came from; NULL for none.
    func sourceRows() -> PostgresText {
        let rows = shifts.rows
        return .integers(rows.count) { rows[$0].sourceRow == 0 ? nil : Int(rows[$0].sourceRow) }
    }

    /// A column of which one piece is written for slots in a row with the same key.
    private func runs<Value: PostgresEncodable>(
        of key: (ShiftList.Row) -> (Int32, UInt32), value: (ShiftList.Row) -> Value
    ) -> PostgresText {
        let rows = shifts.rows
        // The first slot of each run, in order; the slots are asked for in order too, twice.
        var starts: [Int] = []
        for place in rows.indices where place == 0 || key(rows[place]) != key(rows[place - 1]) { starts.append(place) }
        let pieces = PostgresArrayPieces(starts.map { value(rows[$0]) })
        var run = 0
        return pieces.array(rows.count) { place in
            if place == 0 { run = 0 }
            if run + 1 < starts.count, starts[run + 1] == place { run += 1 }
            return run
        }
    }
}
