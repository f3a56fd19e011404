/// The HTML page of a month (domain.md section 5.2).
struct MonthPage {
    private static let titles = ["Date", "Position", "Start Time", "End Time", "Location", "Required Staff", "Staff"]
    private static let impossible = ["2026-02-30", "13/45/2026", "32-Jan-2026", "tomorrow"]

    let roster: ShiftRoster
    /// What the `meta` element says; `nil` leaves it out.
    let charset: String?
    /// A line with characters whose bytes differ between the encodings.
    let accents: String
    /// What is wrong with it.
    var fault: PageFault?

    /// The page of a month: one table, one row a shift, in the order of dates.
    func html(_ month: CivilMonth) -> String {
        let meta = charset.map { "<meta charset=\"\($0)\">" } ?? ""
        let title = "On-call schedule \(month.year)-\(twoDigits(month.month))"
        let content = fault == .noTable ? "<p>Nothing is shown here today.</p>" : table(month)
        return """
            <!DOCTYPE html>
            <html><head>\(meta)<title>\(title)</title></head>
            <body><h1>\(title)</h1>
            \(content)
            <p>Invented people; \(accents)</p></body></html>

            """
    }

    private func table(_ month: CivilMonth) -> String {
        var rows: [[String]] = []
        for day in 0..<month.dayCount where fault != .emptyTable {
            for shift in roster.shifts(on: CivilDate(dayNumber: month.firstDay + day)) {
                rows.append(cells(shift, at: rows.count))
            }
        }
        if fault == .duplicateRows { rows = rows.flatMap { [$0, $0] } }
        let head = Self.markup(arranged(titles), "th")
        return """
            <table class="schedule"><thead>\(head)</thead>
            <tbody>
            \(rows.map { Self.markup(arranged($0), "td") + "\n" }.joined())</tbody></table>
            """
    }

    private var titles: [String] {
        switch fault {
        case .changedHeaders: ["Date", "Service", "Start", "End", "Location", "Required", "Provider"]
        case .foreignHeaders: ["Tag", "Dienst", "Von", "Bis", "Ort", "Soll", "Wer"]
        default: Self.titles
        }
    }

    /// The cells in the order of the page's columns.
    private func arranged(_ cells: [String]) -> [String] { fault == .changedHeaders ? cells.reversed() : cells }

    private static func markup(_ cells: [String], _ element: String) -> String {
        "<tr>" + cells.map { "<\(element)>\($0)</\(element)>" }.joined() + "</tr>"
    }

    private func cells(_ shift: RosterShift, at index: Int) -> [String] {
        let slot = shift.slot
        let start = fault == .blankCells && index % 10 == 0 ? "" : "\(twoDigits(slot.startHour)):00"
        return [
            date(shift.evening, at: index), slot.role, start, "\(twoDigits(slot.endHour)):00",
            slot.startsAfterMidnight ? "Room 1" : "Room 4", "1", staff(shift, at: index),
        ]
    }

    private func date(_ date: CivilDate, at index: Int) -> String {
        let (year, month, day) = date.parts
        switch fault {
        case .mixedDates where index % 3 == 1: return "\(month)/\(day)/\(year)"
        case .mixedDates where index % 3 == 2: return "\(day)-\(CivilMonth.names[month - 1])-\(year)"
        case .impossibleDates where index % 10 == 0: return Self.impossible[index / 10 % Self.impossible.count]
        default: return date.isoText
        }
    }

    private func staff(_ shift: RosterShift, at index: Int) -> String {
        // Every day has five rows.
        if fault == .unknownNames, index % 5 == 0 { return "Nobody, Nemo" }
        return shift.staff.map { fault == .ambiguousNames ? $0.last : $0.name }.joined(separator: "; ")
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
