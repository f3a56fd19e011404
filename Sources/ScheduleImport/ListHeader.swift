import ODS
import ScheduleModel

/// The columns of a dated list (domain 3.2), found by header text: case, spaces and underscores do not matter.
struct ListHeader {
    enum Field: String, CaseIterable {
        case date = "Date"
        case shiftType = "ShiftType"
        case requiredStaffing = "RequiredStaffing"
        case specialtyConstraint = "SpecialtyConstraint"
        case studyType = "StudyType"

        var isRequired: Bool { self == .date || self == .shiftType || self == .requiredStaffing }

        /// Spellings as keys.
        var keys: [String] {
            switch self {
            case .date: ["date"]
            case .shiftType: ["shifttype", "shift"]
            case .requiredStaffing: ["requiredstaffing", "staffing", "required"]
            case .specialtyConstraint: ["specialtyconstraint", "specialty"]
            case .studyType: ["studytype", "study"]
            }
        }

        /// What a cell of the column must hold, in words for a message.
        var expectation: String {
            switch self {
            case .date: "YYYY-MM-DD"
            case .shiftType: "a code or synonym of the vocabulary"
            case .requiredStaffing: "integer 1...1000"
            case .specialtyConstraint: Specialty.allCases.map(\.rawValue).joined(separator: ", ")
            case .studyType: StudyType.allCases.map(\.rawValue).joined(separator: ", ")
            }
        }

        fileprivate var place: Int {
            switch self {
            case .date: 0
            case .shiftType: 1
            case .requiredStaffing: 2
            case .specialtyConstraint: 3
            case .studyType: 4
            }
        }
    }

    /// The physical row of the header, from 1.
    let row: Int
    /// Columns by ``Field/place``: asked for each cell, so no dictionary.
    private var columns = [Int?](repeating: nil, count: Field.allCases.count)

    init(_ row: ODSRow) {
        self.row = row.number
        for cell in row.cells {
            let key = cell.text.lowercased().filter { !$0.isWhitespace && $0 != "_" }
            for field in Field.allCases where columns[field.place] == nil && field.keys.contains(key) {
                columns[field.place] = cell.column
            }
        }
    }

    /// Where a field stands, from 1.
    func column(of field: Field) -> Int? { columns[field.place] }

    /// The required fields that no column is named for, in the order of the specification.
    var missing: [Field] { Field.allCases.filter { $0.isRequired && column(of: $0) == nil } }
}
