import ScheduleTasks
import TaskEvents
import TaskQueue
import Testing

@testable import schedcu

@Suite struct ResultViewTests {
    private func lines(_ document: JSONValue) -> [String] {
        ResultView(document: document, colour: Colour(isOn: false)).lines
    }

    @Test func `a whole workflow shows version, counters, coverage, gaps, statements and outcome`() {
        let document: JSONValue = [
            "outcome": "PARTIAL", "duration_s": 1.25, "dry_run": false,
            "version": ["id": "abc", "number": 3, "start_date": "2026-03-01", "end_date": "2026-03-31"],
            "import": [
                "layout": "list", "total": 27, "created": 18, "failed": 9, "skipped_blank": 0, "success_rate": 66.67,
                "shifts": 18, "coverage_rules": 0, "worklists": 0,
            ],
            "assignments": [
                "months": 1, "months_failed": 0, "rows": 40, "http_requests": 1, "http_retries": 0, "created": 12,
                "unchanged": 0, "removed": 0, "unmatched_people": 2, "without_slot": 1,
                "rate_policy": "perLane:5:1000ms",
            ],
            "coverage": [
                "percentage": 66.66, "required": 3, "filled": 2, "threshold": 100, "acceptable": false,
                "by_shift_type": [
                    "ON1": ["required": 1, "filled": 0, "percentage": 0],
                    "MidC": ["required": 2, "filled": 2, "percentage": 100],
                ],
                "gap_count": 1, "critical_gap_count": 1, "worklist_gap_count": 2,
                "gaps": [["date": "2026-03-06", "shift_type": "ON1", "required": 1, "assigned": 0, "mandatory": true]],
                "worklist_gaps": [
                    [
                        "campus": "KIDS", "label": "Neuro", "window": "17:00-24:00", "reason": "NO_ROLE", "roles": [],
                        "nights": 2, "first": "2026-03-07", "last": "2026-03-08",
                    ]
                ],
            ],
            "metadata": ["query_counts": ["ods": 3, "amion": 3, "coverage": 2, "total": 8]],
        ]
        #expect(
            lines(document) == [
                "version 3 abc (2026-03-01 to 2026-03-31)",
                "import: layout list, 27 rows: 18 good (66.67 %), 9 bad, 0 blank; 18 shifts, 0 coverage rules, 0 worklists",
                "amion: 1 month, 0 failed, 40 rows, 1 request, 0 retried, rate policy perLane:5:1000ms; assignments: "
                    + "12 created, 0 unchanged, 0 removed, 2 people not known, 1 without a slot",
                "coverage: 66.66 %, 2 of 3 filled, threshold 100.00 %: not acceptable",
                "  shift type  required  filled       %",
                "  MidC               2       2  100.00",
                "  ON1                1       0    0.00",
                "gaps: 1, of them mandatory: 1",
                "  mandatory ON1 2026-03-06: 0 of 1",
                "worklist intervals without a reader: 2",
                "  KIDS Neuro 17:00-24:00 NO_ROLE: 2026-03-07 to 2026-03-08 (2 nights)",
                "statements: ods 3 + amion 3 + coverage 2 = 8",
                "outcome: PARTIAL in 1.25 s",
            ])
    }

    @Test func `a document that is not ours has no lines`() {
        #expect(lines(["anything": 1]).isEmpty)
        #expect(lines("text").isEmpty)
    }

    @Test func `gaps on consecutive dates are one line, mandatory ones first`() {
        func gap(_ date: String, _ type: String, _ mandatory: Bool) -> JSONValue {
            [
                "date": .string(date), "shift_type": .string(type), "required": 1, "assigned": 0,
                "mandatory": .bool(mandatory),
            ]
        }
        let coverage: JSONValue = [
            "gap_count": 5, "critical_gap_count": 4,
            "gaps": [
                gap("2026-02-27", "DAY", false), gap("2026-03-02", "ON1", true), gap("2026-02-28", "ON1", true),
                gap("2026-03-01", "ON1", true), gap("2026-03-09", "ON1", true),
            ],
        ]
        #expect(
            GapList.lines(coverage) == [
                "gaps: 5, of them mandatory: 4", "  mandatory ON1 2026-02-28 to 2026-03-02 (3 nights): 0 of 1",
                "  mandatory ON1 2026-03-09: 0 of 1", "  optional DAY 2026-02-27: 0 of 1",
            ])
    }

    @Test func `after twenty lines the rest of the gaps is counted, those too that the document left out`() {
        let gaps = (1...15).flatMap { day -> [JSONValue] in
            ["A", "B"].map { type in
                [
                    "date": "2026-03-\(day * 2 < 10 ? "0" : "")\(day * 2)", "shift_type": .string(type), "required": 1,
                    "assigned": 0, "mandatory": true,
                ]
            }
        }
        let lines = GapList.lines(["gap_count": 700, "critical_gap_count": 700, "gaps": .array(gaps)])
        #expect(lines.count == 22)
        #expect(lines.last == "  and 680 more")
    }

    @Test func `a table aligns numbers right and leaves no white space at line ends`() {
        var table = Table("NAME", ">N", "NOTE")
        table.add("a", "10", "")
        table.add("long", "9", "x")
        #expect(table.lines == ["NAME   N  NOTE", "a     10", "long   9  x"])
    }
}
