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
    }

    private var columns: [Field: Int] = [:]

    init(_ row: ODSRow) {
        for cell in row.cells {
            let key = cell.text.lowercased().filter { !$0.isWhitespace && $0 != "_" }
            for field in Field.allCases where columns[field] == nil && field.keys.contains(key) {
                columns[field] = cell.column
            }
        }
    }

    /// Where a field stands, from 1.
    func column(of field: Field) -> Int? { columns[field] }

    /// The required fields that no column is named for, in the order of the specification.
    var missing: [Field] { Field.allCases.filter { $0.isRequired && columns[$0] == nil } }
}
