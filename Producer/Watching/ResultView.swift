import TaskEvents

/// A finished task's result document as a person reads it: pure, so that every line can be tested.
struct ResultView {
    /// The document, or the summary of a `finished` event.
    let document: JSONValue
    /// Outcomes in colour.
    let colour: Colour

    /// All lines: version, counters, coverage, gaps, statements, outcome.
    ///
    /// What the document lacks has no line.
    var lines: [String] {
        let sections = [version, importing, scraping].compactMap(\.self) + coverage
        return sections + [statements, outcome].compactMap(\.self)
    }

    private var version: String? {
        guard let version = document["version"] else { return nil }
        let number = version["number"]?.intValue.map { " \($0)" } ?? ""
        let range = zipped(version["start_date"]?.stringValue, version["end_date"]?.stringValue).map {
            " (\($0) to \($1))"
        }
        return SafeText.line("version\(number) \(version["id"]?.stringValue ?? "")\(range ?? "")")
    }

    private var importing: String? {
        guard let part = document["import"] else { return nil }
        let number = { NumberText.count(part[$0]) }
        let rate = part["success_rate"]?.doubleValue.map { " (\(NumberText.hundredths($0)) %)" } ?? ""
        let copy = part["duplicate_of"] == nil ? "" : "; the same workbook was imported already, nothing was written"
        return SafeText.line(
            "import: layout \(part["layout"]?.stringValue ?? "?"), \(number("total")) rows: \(number("created")) good\(rate), "
                + "\(number("failed")) bad, \(number("skipped_blank")) blank; \(number("shifts")) shifts, "
                + "\(number("coverage_rules")) coverage rules, \(number("worklists")) worklists\(copy)")
    }

    private var scraping: String? {
        guard let part = document["assignments"] else { return nil }
        let number = { NumberText.count(part[$0]) }
        let policy = part["rate_policy"]?.stringValue.map { ", rate policy \($0)" } ?? ""
        return SafeText.line(
            "amion: \(NumberText.counted(number("months"), "month")), \(number("months_failed")) failed, \(number("rows")) rows, "
                + "\(NumberText.counted(number("http_requests"), "request")), \(number("http_retries")) retried\(policy); "
                + "assignments: \(number("created")) created, \(number("unchanged")) unchanged, \(number("removed")) removed, "
                + "\(number("unmatched_people")) people not known, \(number("without_slot")) without a slot")
    }

    private var coverage: [String] {
        guard let part = document["coverage"] else { return [] }
        var lines = [overall(part)]
        lines += CoverageTable.lines(part["by_shift_type"])
        lines += GapList.lines(part)
        lines += WorklistGapList.lines(part)
        return lines
    }

    private func overall(_ part: JSONValue) -> String {
        let percentage = NumberText.hundredths(part["percentage"]?.doubleValue ?? 0)
        let verdict = part["acceptable"]?.boolValue.map { $0 ? "acceptable" : "not acceptable" }
        let threshold = part["threshold"]?.doubleValue.map { ", threshold \(NumberText.hundredths($0)) %" } ?? ""
        let numbers = "\(NumberText.count(part["filled"])) of \(NumberText.count(part["required"])) filled"
        return "coverage: \(percentage) %, \(numbers)\(threshold)\(verdict.map { ": \($0)" } ?? "")"
    }

    /// The statements of each phase, such as `statements: ods 3 + amion 3 + coverage 2 = 8`.
    private var statements: String? {
        guard let counts = document["metadata"]?["query_counts"]?.objectValue else { return nil }
        let order = ["ods", "amion", "coverage"]
        let names =
            order.filter { counts[$0] != nil } + counts.keys.filter { !order.contains($0) && $0 != "total" }.sorted()
        guard !names.isEmpty else { return nil }
        let total = counts["total"]?.intValue ?? names.reduce(0) { $0 + NumberText.count(counts[$1]) }
        let sum = names.map { "\($0) \(NumberText.count(counts[$0]))" }.joined(separator: " + ")
        return SafeText.line("statements: \(sum) = \(total)")
    }

    private var outcome: String? {
        guard let outcome = document["outcome"]?.stringValue else { return nil }
        let time = document["duration_s"]?.doubleValue.map { " in \(NumberText.hundredths($0)) s" } ?? ""
        let failed = (document["phases_failed"]?.arrayValue ?? []).compactMap(\.stringValue)
        let missing = failed.isEmpty ? "" : "; failed: \(failed.joined(separator: ", "))"
        let dry = document["dry_run"]?.boolValue == true ? "; dry run, nothing was written" : ""
        let name = SafeText.line(outcome)
        return "outcome: \(outcome == "SUCCESS" ? colour.good(name) : name)\(SafeText.line(time + missing + dry))"
    }

    private func zipped(_ first: String?, _ second: String?) -> (String, String)? {
        guard let first, let second else { return nil }
        return (first, second)
    }
}

/// Coverage by shift type as a table.
enum CoverageTable {
    /// The table's lines; none without groups.
    static func lines(_ groups: JSONValue?) -> [String] {
        var table = Table("  shift type", ">required", ">filled", ">%")
        for (name, tally) in (groups?.objectValue ?? [:]).sorted(by: { $0.key < $1.key }) {
            let percentage = tally["percentage"]?.doubleValue ?? 0
            table.add(
                "  \(name)", "\(NumberText.count(tally["required"]))", "\(NumberText.count(tally["filled"]))",
                NumberText.hundredths(percentage))
        }
        return table.isEmpty ? [] : table.lines
    }
}
