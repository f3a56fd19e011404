import ScheduleModel

/// What happens where two sheets speak of the same worklist at the same time (domain 3.4, overlapping sheets).
///
/// A sheet with a scenario wins over one without, and does so when coverage is read (6.5), so nothing is cut here: it is only
/// said, once a pair. Of two equally specific sheets that disagree the earlier wins, and the later loses the shared part.
struct SheetOverlaps {
    let sheets: [CoverageSheet]
    let collector: MessageCollector

    /// For each sheet, the window in which each of its worklists counts, by label key; a worklist that lost all is left out.
    func resolved() -> [[String: ShiftWindow]] {
        var windows = sheets.map { sheet in
            Dictionary(sheet.grid.rows.map { ($0.label.key, sheet.meaning.window) }) { first, _ in first }
        }
        for later in sheets.indices {
            for earlier in sheets.indices.prefix(later) {
                guard sheets[earlier].meaning.meets(sheets[later].meaning) else { continue }
                let shared = sharedKeys(earlier, later)
                guard !shared.isEmpty else { continue }
                if sheets[earlier].meaning.scenario == sheets[later].meaning.scenario {
                    let lost = shared.filter { roles(earlier, $0) != roles(later, $0) }
                    guard !lost.isEmpty else { continue }
                    for key in lost { cut(sheets[earlier].meaning.window, from: &windows[later][key]) }
                    warnDisagreement(earlier, later, rows: lost.count)
                } else {
                    noteOverlap(earlier, later)
                }
            }
        }
        return windows
    }

    private func sharedKeys(_ first: Int, _ second: Int) -> [String] {
        let keys = Set(sheets[first].grid.rows.map(\.label.key))
        return Set(sheets[second].grid.rows.map(\.label.key)).intersection(keys).sorted()
    }

    private func roles(_ sheet: Int, _ key: String) -> Set<String> {
        Set(sheets[sheet].grid.rows.filter { $0.label.key == key }.flatMap(\.roles))
    }

    /// Takes the shared part away; of two remaining parts the longer stays, since a rule has one window.
    private func cut(_ window: ShiftWindow, from remaining: inout ShiftWindow?) {
        guard let whole = remaining, whole.intersection(window) != nil else { return }
        let before = ShiftWindow(startSeconds: whole.startSeconds, endSeconds: window.startSeconds)
        let after = ShiftWindow(startSeconds: window.endSeconds, endSeconds: whole.endSeconds)
        remaining = [before, after].compactMap(\.self).max { $0.seconds < $1.seconds }
    }

    private func noteOverlap(_ first: Int, _ second: Int) {
        let (specific, general) = sheets[first].meaning.scenario == .any ? (second, first) : (first, second)
        collector.add(
            ValidationMessage(
                .info, "OVERLAPPING_SHEETS",
                "'\(sheets[specific].name)' and '\(sheets[general].name)' overlap; the first, which names a scenario, counts",
                location: MessageLocation(sheet: sheets[general].name), details: ["wins": sheets[specific].name]))
    }

    private func warnDisagreement(_ earlier: Int, _ later: Int, rows: Int) {
        collector.add(
            ValidationMessage(
                .warning, "DUPLICATE_GRID",
                "'\(sheets[earlier].name)' and '\(sheets[later].name)' overlap and disagree in \(rows) rows; the earlier counts",
                location: MessageLocation(sheet: sheets[later].name),
                details: ["wins": sheets[earlier].name, "differing_rows": "\(rows)"]))
    }
}

extension SheetName {
    /// Whether two sheets can speak of the same instant of the same evening.
    func meets(_ other: SheetName) -> Bool {
        window.intersection(other.window) != nil
            && (dayType == other.dayType || dayType == .any || other.dayType == .any)
            && (scenario == other.scenario || scenario == .any || other.scenario == .any)
    }
}

extension ShiftWindow {
    /// Its length by the wall clock.
    fileprivate var seconds: Int { endSeconds - startSeconds }
}
