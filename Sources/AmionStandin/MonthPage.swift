/// The HTML page of a month (domain.md section 5.2).
struct MonthPage {
    let roster: ShiftRoster
    /// What the `meta` element says; `nil` leaves it out.
    let charset: String?
    /// A line with characters whose bytes differ between the encodings.
    let accents: String

    /// The page of a month: one table, one row a shift, in the order of dates.
    func html(_ month: CivilMonth) -> String {
        var rows = ""
        for day in 0..<month.dayCount {
            for shift in roster.shifts(on: CivilDate(dayNumber: month.firstDay + day)) { rows += row(shift) }
        }
        let meta = charset.map { "<meta charset=\"\($0)\">" } ?? ""
        let title = "On-call schedule \(month.year)-\(twoDigits(month.month))"
        return """
            <!DOCTYPE html>
            <html><head>\(meta)<title>\(title)</title></head>
            <body><h1>\(title)</h1>
            <table class="schedule"><thead><tr><th>Date</th><th>Position</th><th>Start Time</th><th>End Time</th>\
            <th>Location</th><th>Required Staff</th><th>Staff</th></tr></thead>
            <tbody>
            \(rows)</tbody></table>
            <p>Invented people; \(accents)</p></body></html>

            """
    }

    private func row(_ shift: RosterShift) -> String {
        let slot = shift.slot
        let room = slot.startsAfterMidnight ? "Room 1" : "Room 4"
        let cells = [
            shift.evening.isoText, slot.role, "\(twoDigits(slot.startHour)):00", "\(twoDigits(slot.endHour)):00", room,
            "1", shift.staff.map(\.name).joined(separator: "; "),
        ]
        return "<tr>" + cells.map { "<td>\($0)</td>" }.joined() + "</tr>\n"
    }

    /// What a server shows in place of data when the session is over.
    static let loginPage = """
        <!DOCTYPE html>
        <html><head><meta charset="utf-8"><title>Log in</title></head>
        <body><h1>Please log in</h1><form method="post" action="/login">
        <p>Password: <input type="password" name="password"> <input type="submit" value="Log in"></p>
        </form></body></html>

        """
}
