import ODS
import ScheduleModel

/// A grid on a coverage sheet: a label column and the role columns to its right.
struct CoverageGrid: Equatable {
    /// A column whose marks name a role.
    struct RoleColumn: Equatable {
        let column: Int
        let role: String
    }

    /// One worklist row.
    struct Row: Equatable {
        let number: Int
        let label: WorklistLabel
        let roles: [String]
    }

    /// The physical row of the header, from 1.
    let headerRow: Int
    let labelColumn: Int
    let roleColumns: [RoleColumn]
    var rows: [Row] = []

    /// How many empty columns part two grids (domain 3.4).
    private static let columnsBetweenGrids = 2

    /// The grids that a row is the header of, leftmost first; empty when it is no header.
    ///
    /// A header has at least two role cells, or one and an empty corner cell.
    static func grids(header row: ODSRow, vocabulary: ShiftVocabulary) -> [CoverageGrid] {
        let filled = row.cells.filter { !$0.trimmed.isEmpty }
        let roles = filled.compactMap { cell in
            vocabulary.type(named: cell.text).map { RoleColumn(column: cell.column, role: $0.code) }
        }
        let hasEmptyCorner = filled.first?.column != 1
        guard roles.count >= 2 || (roles.count == 1 && hasEmptyCorner) else { return [] }
        let filledColumns = Set(filled.map(\.column))
        var runs: [[RoleColumn]] = []
        for role in roles {
            if let last = runs.last?.last,
                ((last.column + 1)..<role.column).count(where: { !filledColumns.contains($0) }) < columnsBetweenGrids
            {
                runs[runs.count - 1].append(role)
            } else {
                runs.append([role])
            }
        }
        return runs.enumerated().map { place, run in
            CoverageGrid(
                headerRow: row.number, labelColumn: place == 0 ? 1 : (run.first?.column ?? 1) - 1, roleColumns: run)
        }
    }

    /// Labels of the rows in which another grid says something else, in this grid's order, then the other's.
    func labelsDiffering(from other: CoverageGrid) -> [String] {
        func roles(_ grid: CoverageGrid) -> [String: Set<String>] {
            Dictionary(grid.rows.map { ($0.label.key, Set($0.roles)) }) { $0.union($1) }
        }
        let (mine, theirs) = (roles(self), roles(other))
        let differing = rows.filter { theirs[$0.label.key] != mine[$0.label.key] }.map(\.label.text)
        return differing + other.rows.filter { mine[$0.label.key] == nil }.map(\.label.text)
    }
}
