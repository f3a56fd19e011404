/// The slots of a draft: 20 bytes each, and what they have in common once.
///
/// A list of 342,000 slots would take 60 MB as an array of ``ShiftDraft``, and waits in a worker for its one write.
package struct ShiftList: Sendable {
    /// One slot.
    package struct Row: Sendable {
        /// Days since 1970-01-01.
        package let day: Int32
        /// Which of ``ShiftList/kinds``.
        package let kind: UInt32
        /// Which of ``ShiftList/spans``.
        package let span: UInt32
        /// How many people are wanted.
        package let desired: Int32
        /// The physical row it came from, from 1; 0 for none.
        package let sourceRow: UInt32

        /// The evening's date.
        package var date: LocalDate { LocalDate(dayNumber: Int(day)) }
    }

    /// The slots.
    package private(set) var rows: [Row] = []
    /// Their kinds, each once, by number.
    package private(set) var kinds: [ShiftKind] = []
    /// Their spans, each once, by number.
    package private(set) var spans: [ShiftSpan] = []
    private var kindNumbers: [ShiftKind: UInt32] = [:]
    private var spanNumbers: [ShiftSpan: UInt32] = [:]

    /// No slots.
    package init() {}

    /// Takes slots in their order.
    package init(_ shifts: some Sequence<ShiftDraft>) {
        append(contentsOf: shifts)
    }

    /// The number of a kind, which it gets when it has none.
    package mutating func number(of kind: ShiftKind) -> UInt32 {
        if let number = kindNumbers[kind] { return number }
        let number = UInt32(kinds.count)
        kinds.append(kind)
        kindNumbers[kind] = number
        return number
    }

    /// The number of a span, which it gets when it has none.
    package mutating func number(of span: ShiftSpan) -> UInt32 {
        if let number = spanNumbers[span] { return number }
        let number = UInt32(spans.count)
        spans.append(span)
        spanNumbers[span] = number
        return number
    }

    /// Adds a slot.
    ///
    /// - Parameters:
    ///   - day: Days from 1970-01-01 to the evening's date.
    ///   - kind: A number that this list gave.
    ///   - span: Likewise.
    ///   - desired: How many people are wanted.
    ///   - sourceRow: The physical row, from 1; 0 for none.
    package mutating func append(day: Int, kind: UInt32, span: UInt32, desired: Int, sourceRow: Int) {
        rows.append(
            Row(
                day: Int32(clamping: day), kind: kind, span: span, desired: Int32(clamping: desired),
                sourceRow: UInt32(clamping: sourceRow)))
    }

    /// Adds a slot.
    package mutating func append(_ shift: ShiftDraft) {
        let span = ShiftSpan(from: shift.startsAt, to: shift.endsAt, on: shift.date)
        append(
            day: shift.date.dayNumber, kind: number(of: ShiftKind(shift)), span: number(of: span),
            desired: shift.desiredCoverage, sourceRow: shift.sourceRow ?? 0)
    }

    /// Adds slots in their order.
    package mutating func append(contentsOf shifts: some Sequence<ShiftDraft>) {
        for shift in shifts { append(shift) }
    }

    /// Takes the slots away for which that is true.
    package mutating func removeAll(where isUnwanted: (Row) throws -> Bool) rethrows {
        try rows.removeAll(where: isUnwanted)
    }

    /// Sorts by date, then by the type's code, then by row.
    package mutating func sort() {
        let codes = Set(kinds.map(\.shiftType)).sorted()
        let ranks = Dictionary(uniqueKeysWithValues: codes.enumerated().map { ($1, UInt32($0)) })
        let rankOfKind = kinds.map { ranks[$0.shiftType, default: 0] }
        rows.sort { left, right in
            if left.day != right.day { return left.day < right.day }
            let (leftRank, rightRank) = (rankOfKind[Int(left.kind)], rankOfKind[Int(right.kind)])
            return leftRank == rightRank ? left.sourceRow < right.sourceRow : leftRank < rightRank
        }
    }
}

extension ShiftList: RandomAccessCollection, Equatable, ExpressibleByArrayLiteral {
    package var startIndex: Int { 0 }
    package var endIndex: Int { rows.count }

    /// The slot at a place, made each time.
    package subscript(position: Int) -> ShiftDraft {
        let row = rows[position]
        let kind = kinds[Int(row.kind)]
        let (start, end) = spans[Int(row.span)].instants(on: row.date)
        return ShiftDraft(
            shiftType: kind.shiftType, date: row.date, window: kind.window, startsAt: start, endsAt: end,
            studyType: kind.studyType, constraint: kind.constraint, desiredCoverage: Int(row.desired),
            isMandatory: kind.isMandatory, sourceKey: kind.sourceKey, sourceStudy: kind.sourceStudy,
            sourceSpecialty: kind.sourceSpecialty, sourceRow: row.sourceRow == 0 ? nil : Int(row.sourceRow))
    }

    package init(arrayLiteral shifts: ShiftDraft...) { self.init(shifts) }

    package static func == (left: ShiftList, right: ShiftList) -> Bool { left.elementsEqual(right) }
}
