import ScheduleModel

/// What happens where two sheets speak of the same worklist at the same time (domain 3.4, overlapping sheets).
///
/// A sheet with a scenario wins over one without, and does so when coverage is read (6.5), so nothing is cut here: it is only
/// said, once a pair. Of two equally specific sheets that disagree the earlier wins, and the later loses the shared part.
struct SheetOverlaps {
    private let sheets: [CoverageSheet]
    private let collector: MessageCollector
    /// For each sheet, the roles that read each of its worklists, by label key.
    private let roles: [[String: Set<String>]]

    init(sheets: [CoverageSheet], collector: MessageCollector) {
        self.sheets = sheets
        self.collector = collector
        roles = sheets.map { sheet in
            Dictionary(sheet.grid.rows.map { ($0.label.key, Set($0.roles)) }) { $0.union($1) }
        }
    }

    /// For each sheet, the window in which each of its worklists counts, by label key; a worklist that lost all is left out.
    func resolved() -> [[String: ShiftWindow]] {
        var windows = sheets.map { sheet in
            Dictionary(sheet.grid.rows.map { ($0.label.key, sheet.meaning.window) }) { first, _ in first }
        }
        for later in sheets.indices {
            for earlier in sheets.indices.prefix(later) {
                guard sheets[earlier].meaning.meets(sheets[later].meaning) else { continue }
                let shared = roles[later].keys.filter { roles[earlier][$0] != nil }.sorted()
                guard !shared.isEmpty else { continue }
                if sheets[earlier].meaning.scenario == sheets[later].meaning.scenario {
                    let lost = shared.filter { roles[earlier][$0] != roles[later][$0] }
                    guard !lost.isEmpty else { continue }
                    for key in lost { cut(sheets[earlier].meaning.window, from: &windows[later][key]) }
                    warnDisagreement(earlier, later, lost: lost)
                } else {
                    noteOverlap(earlier, later)
                }
            }
        }
        return windows
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
        let (winner, other) = (sheets[specific].name, sheets[general].name)
        collector.add(
            ValidationMessage(
                .info, "OVERLAPPING_SHEETS",
                "'\(ValidationMessage.quoted(winner))' and '\(ValidationMessage.quoted(other))' overlap; the first, which names "
                    + "a scenario, counts",
                location: MessageLocation(sheet: other), details: ["wins": winner, "actual": other]))
    }

    private func warnDisagreement(_ earlier: Int, _ later: Int, lost: [String]) {
        let (winner, other) = (sheets[earlier].name, sheets[later].name)
        collector.add(
            ValidationMessage(
                .warning, "DUPLICATE_GRID",
                "'\(ValidationMessage.quoted(winner))' and '\(ValidationMessage.quoted(other))' overlap and disagree in "
                    + "\(lost.count) rows; the earlier counts",
                location: MessageLocation(sheet: other),
                details: [
                    "wins": winner, "actual": other, "differing_rows": "\(lost.count)",
                    "labels": lost.joined(separator: "; "),
                ]))
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
