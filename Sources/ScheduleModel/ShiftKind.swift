package import Foundation

/// What slots of a draft have in common: all of a slot but its date, instants, head count and row.
package struct ShiftKind: Sendable, Hashable {
    /// The slot's code.
    package let shiftType: String
    /// When, by the wall clock.
    package let window: ShiftWindow
    /// What it reads.
    package let studyType: StudyType
    /// Who may hold it.
    package let constraint: Specialty
    /// Whether its absence is critical.
    package let isMandatory: Bool
    /// Tells slots of one date and type apart.
    package let sourceKey: String
    /// The study word as written, when it was not mapped.
    package let sourceStudy: String?
    /// The specialty word as written, when it was not mapped.
    package let sourceSpecialty: String?

    /// Makes a kind.
    package init(
        shiftType: String, window: ShiftWindow, studyType: StudyType, constraint: Specialty, isMandatory: Bool,
        sourceKey: String = "", sourceStudy: String? = nil, sourceSpecialty: String? = nil
    ) {
        self.shiftType = shiftType
        self.window = window
        self.studyType = studyType
        self.constraint = constraint
        self.isMandatory = isMandatory
        self.sourceKey = sourceKey
        self.sourceStudy = sourceStudy
        self.sourceSpecialty = sourceSpecialty
    }

    /// What a slot has in common with others.
    package init(_ shift: ShiftDraft) {
        self.init(
            shiftType: shift.shiftType, window: shift.window, studyType: shift.studyType, constraint: shift.constraint,
            isMandatory: shift.isMandatory, sourceKey: shift.sourceKey, sourceStudy: shift.sourceStudy,
            sourceSpecialty: shift.sourceSpecialty)
    }
}

/// When a slot is, in seconds from 00:00 UTC of its schedule date: few, however many slots there are.
package struct ShiftSpan: Sendable, Hashable {
    /// From 00:00 UTC of the date to the start.
    package let start: Double
    /// From 00:00 UTC of the date to the end.
    package let end: Double

    /// Takes two instants; whole seconds come out again exactly.
    package init(from start: Date, to end: Date, on date: LocalDate) {
        let midnight = Double(date.dayNumber) * 86_400
        self.start = start.timeIntervalSince1970 - midnight
        self.end = end.timeIntervalSince1970 - midnight
    }

    /// The instants on a date.
    package func instants(on date: LocalDate) -> (start: Date, end: Date) {
        let midnight = Double(date.dayNumber) * 86_400
        return (Date(timeIntervalSince1970: midnight + start), Date(timeIntervalSince1970: midnight + end))
    }
}
