import SAX
import ScheduleModel

/// Which column of a month page holds what (domain 5.2).
struct MonthColumns: Equatable {
    enum Field: String, CaseIterable {
        case date = "Date"
        case position = "Position"
        case start = "Start Time"
        case end = "End Time"
        case location = "Location"
        case required = "Required Staff"
        case staff = "Staff"

        /// The place in the fixed order, from 0.
        var index: Int {
            switch self {
            case .date: 0
            case .position: 1
            case .start: 2
            case .end: 3
            case .location: 4
            case .required: 5
            case .staff: 6
            }
        }

        var isRequired: Bool { self != .location && self != .required }

        /// Header texts as keys.
        var keys: [String] {
            switch self {
            case .date: ["date"]
            case .position: ["position", "shift", "service", "role"]
            case .start: ["starttime", "start"]
            case .end: ["endtime", "end"]
            case .location: ["location"]
            case .required: ["requiredstaff", "required", "staffneeded"]
            case .staff: ["staff", "name", "provider"]
            }
        }

        /// The row attribute that wins over the cell.
        var attribute: String? {
            switch self {
            case .date: "data-date"
            case .position: "data-role"
            case .start: "data-start"
            case .end: "data-end"
            case .location: nil
            case .required: "data-required"
            case .staff: "data-staff"
            }
        }
    }

    /// By ``Field/index``: an array, since every cell of every row is found through it.
    private var columns: [Int?] = Array(repeating: nil, count: Field.allCases.count)

    /// Where a field stands, from 0.
    private(set) subscript(field: Field) -> Int? {
        get { columns[field.index] }
        set { columns[field.index] = newValue }
    }

    /// Finds the columns by a header row; `nil` when a required one is not named.
    init?(header row: HTMLTableRow) {
        for column in row.cells.indices {
            let key = row.text(at: column).text.lowercased().filter { !$0.isWhitespace && $0 != "_" }
            for field in Field.allCases where self[field] == nil && field.keys.contains(key) {
                self[field] = column
                break
            }
        }
        guard Field.allCases.allSatisfy({ !$0.isRequired || self[$0] != nil }) else { return nil }
    }

    /// The fixed order of the specification, when a data row fits it.
    init?(fixedOrder row: HTMLTableRow) {
        guard row.cells.count >= Field.allCases.count, FieldText.date(NameKey.collapsed(row.text(at: 0).text)) != nil,
            FieldText.time(row.text(at: 2).text) != nil, FieldText.time(row.text(at: 3).text) != nil
        else { return nil }
        for (column, field) in Field.allCases.enumerated() { self[field] = column }
    }

    /// Recognises a data row's cells by their form: a date, two times, a text first and a text last.
    init?(pattern row: HTMLTableRow) {
        let cells = row.cells.indices.map { NameKey.collapsed(row.text(at: $0).text) }
        guard let date = cells.firstIndex(where: { FieldText.date($0) != nil }) else { return nil }
        let times = cells.indices.filter { FieldText.time(cells[$0]) != nil }
        let texts = cells.indices.filter {
            $0 != date && !times.contains($0) && !cells[$0].isEmpty && FieldText.number(cells[$0]) == nil
        }
        guard times.count >= 2, let position = texts.first, let staff = texts.last, staff != position else {
            return nil
        }
        (self[.date], self[.start], self[.end]) = (date, times[0], times[1])
        (self[.position], self[.staff]) = (position, staff)
    }
}
