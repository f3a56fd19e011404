import ScheduleModel
import TaskEvents

/// Slots short of people, consecutive dates joined, mandatory ones first.
enum GapList {
    /// The most lines; the rest is counted.
    static let mostLines = 20

    /// Slots of one kind on consecutive dates.
    private struct Run {
        let isMandatory: Bool
        let shiftType: String
        let required: Int
        let assigned: Int
        let first: LocalDate
        var last: LocalDate
        var nights = 1

        init?(_ gap: JSONValue) {
            guard let date = gap["date"]?.stringValue.flatMap({ LocalDate($0) }) else { return nil }
            isMandatory = gap["mandatory"]?.boolValue ?? false
            shiftType = gap["shift_type"]?.stringValue ?? "?"
            (required, assigned) = (NumberText.count(gap["required"]), NumberText.count(gap["assigned"]))
            (first, last) = (date, date)
        }

        func isFollowed(by next: Run) -> Bool {
            isMandatory == next.isMandatory && shiftType == next.shiftType && required == next.required
                && assigned == next.assigned && next.first == last.adding(days: 1)
        }

        var order: (Int, LocalDate, String) { (isMandatory ? 0 : 1, first, shiftType) }
    }

    /// The lines of a coverage result.
    static func lines(_ coverage: JSONValue) -> [String] {
        let gaps = coverage["gaps"]?.arrayValue ?? []
        let total = coverage["gap_count"]?.intValue ?? gaps.count
        guard total > 0 else { return [] }
        var lines = ["gaps: \(total), of them mandatory: \(NumberText.count(coverage["critical_gap_count"]))"]
        let runs = joined(gaps.compactMap(Run.init))
        let shown = runs.prefix(mostLines)
        lines += shown.map { run in
            let dates = run.nights == 1 ? "\(run.first)" : "\(run.first) to \(run.last) (\(run.nights) nights)"
            let kind = run.isMandatory ? "mandatory" : "optional"
            return SafeText.line("  \(kind) \(run.shiftType) \(dates): \(run.assigned) of \(run.required)")
        }
        let left = total - shown.reduce(0) { $0 + $1.nights }
        if left > 0 { lines.append("  and \(left) more") }
        return lines
    }

    private static func joined(_ gaps: [Run]) -> [Run] {
        let sorted = gaps.sorted { ($0.shiftType, $0.first) < ($1.shiftType, $1.first) }
        var runs: [Run] = []
        for gap in sorted {
            if let last = runs.last, last.isFollowed(by: gap) {
                runs[runs.count - 1].last = gap.first
                runs[runs.count - 1].nights += 1
            } else {
                runs.append(gap)
            }
        }
        return runs.sorted { $0.order < $1.order }
    }
}

/// Worklists that nobody reads, one line for each worklist, window and reason.
enum WorklistGapList {
    /// The lines of a coverage result.
    static func lines(_ coverage: JSONValue) -> [String] {
        let gaps = coverage["worklist_gaps"]?.arrayValue ?? []
        let total = coverage["worklist_gap_count"]?.intValue ?? gaps.count
        guard total > 0 else { return [] }
        let shown = gaps.prefix(GapList.mostLines)
        let more = gaps.count > shown.count ? ["  and \(gaps.count - shown.count) more worklists"] : []
        return ["worklist intervals without a reader: \(total)"] + shown.map(line) + more
    }

    private static func line(_ gap: JSONValue) -> String {
        let text = { (name: String) in gap[name]?.stringValue ?? "" }
        let nights = NumberText.count(gap["nights"])
        let dates = nights == 1 ? text("first") : "\(text("first")) to \(text("last")) (\(nights) nights)"
        let roles = (gap["roles"]?.arrayValue ?? []).compactMap(\.stringValue).joined(separator: ", ")
        // Labels of coverage workbooks begin with their campus already.
        let campus = text("label").hasPrefix(text("campus")) ? "" : text("campus")
        let names = [campus, text("label"), text("window")].filter { !$0.isEmpty }.joined(separator: " ")
        return SafeText.line("  \(names) \(text("reason"))\(roles.isEmpty ? "" : " (\(roles))"): \(dates)")
    }
}
