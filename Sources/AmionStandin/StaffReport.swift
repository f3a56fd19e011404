/// Report 625c: the assignments of a range of calendar days as comma-separated records (domain.md section 5.3).
struct StaffReport {
    private static let assignmentIDs = ["MidC": 7, "MidL": 8, "Mid3": 6, "ON1": 9, "ON2": 10]

    let roster: ShiftRoster
    /// The note of the Mid3 shifts, with characters whose bytes differ between the encodings.
    let accents: String

    /// The report over calendar days: what starts after midnight stands under the day it starts on.
    ///
    /// - Parameters:
    ///   - firstDay: The first calendar day, counted from 1970-01-01.
    ///   - dayCount: How many days.
    /// - Returns: The preamble, a blank line and one record a person and shift; an open slot has an empty name.
    func csv(firstDay: Int, dayCount: Int) -> String {
        let first = CivilDate(dayNumber: firstDay)
        let end = CivilDate(dayNumber: firstDay + dayCount)
        var text = """
            Assignments for \(first.reportText) to \(end.reportText)     (as of Mar 6 02:00 2026 US ET)
            Field  1 -  3: Staff name, unique ID, backup ID
            Field  4 -  6: Assignment name, unique ID, backup ID
            Field  7 -  9: Date and time of assignment (GMTO=5 1 1 Eastern)
            Field 10 - 13: Staff type, pager, tel, email
            Field 14 - 15: Messagable, shift note
            Field 16 - 17: Assignment type, grouping


            """
        for day in firstDay..<firstDay + dayCount {
            let lastNight = roster.shifts(on: CivilDate(dayNumber: day - 1)).filter(\.slot.startsAfterMidnight)
            let tonight = roster.shifts(on: CivilDate(dayNumber: day)).filter { !$0.slot.startsAfterMidnight }
            for shift in lastNight + tonight { text += records(shift, on: CivilDate(dayNumber: day)) }
        }
        return text
    }

    private func records(_ shift: RosterShift, on day: CivilDate) -> String {
        let slot = shift.slot
        let assignment = Self.assignmentIDs[slot.role] ?? 0
        let time = "\(twoDigits(slot.startHour))00,\(twoDigits(slot.endHour))00"
        let grouping = slot.startsAfterMidnight ? "Overnight" : "Evening"
        let note = slot.role == "Mid3" ? "\"\(accents)\"" : ""
        let people = shift.staff.isEmpty ? ["\"\",,"] : shift.staff.map { "\"\($0.name)\",\($0.id),\($0.id - 29)" }
        return people.map { person in
            "\(person),\"\(slot.role)\",\(assignment),\(assignment - 3),\(day.reportText),\(time),"
                + "\"Attending\",,,,1,\(note),\"o\",\"\(grouping)\"\n"
        }.joined()
    }
}
