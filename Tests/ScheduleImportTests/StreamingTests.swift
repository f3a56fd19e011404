import ODS
import ScheduleImport
import ScheduleModel
import Testing

/// F2: what is wrong is said while the workbook is read (domain 15).
@Suite struct StreamingTests {
    /// A list of about 10 MB whose first data row is bad.
    static let large = WorkbookWriter.list(
        [["2026-03-06", "Technologist", "1"]]
            + (0..<34_000).map { row in
                let day = LocalDate(dayNumber: 20_000 + row).description
                return WorkbookWriter.Row([
                    .text(day), "Night", .number("\(row % 9 + 1)", shown: "\(row % 9 + 1)"), "ICU", "Type-A",
                ])
            } + [["2026-03-06", "Technologist", "2"]]
    ).flat

    func importer(maxErrorRate: Double = 0.5) throws -> ScheduleImporter {
        ScheduleImporter(
            context: try Workbooks.hospital(),
            options: ImportOptions(
                maxErrorRate: maxErrorRate, today: try #require(LocalDate("2026-03-06")), keepsShifts: false))
    }

    @Test func `the first bad row is said before a tenth of a large file was read`() throws {
        #expect(Self.large.count > 9_000_000)
        var read = (bytes: 0, rows: 0)
        var first: (bytes: Int, rows: Int)?
        var codes: [ValidationCode] = []
        _ = try importer().read(Self.large) { message in
            if first == nil { first = read }
            codes.append(message.code)
        } onProgress: {
            read = ($0.bytesRead, $0.rows.total)
        }
        #expect(codes == ["UNKNOWN_SHIFT_TYPE", "UNKNOWN_SHIFT_TYPE", "UNMAPPED_VALUE", "UNMAPPED_VALUE"])
        let seen = try #require(first)
        #expect(seen.bytes * 10 < Self.large.count)
        #expect(seen.rows == 0)
    }

    @Test func `progress rises in bytes and rows, and ends with all of both`() throws {
        var steps: [ImportProgress] = []
        let draft = try importer().read(Self.large, onProgress: { steps.append($0) })
        #expect(steps.count > 100)
        #expect(
            zip(steps, steps.dropFirst()).allSatisfy { $0.bytesRead < $1.bytesRead && $0.rows.total <= $1.rows.total })
        #expect(steps.allSatisfy { $0.bytesTotal == Self.large.count })
        let last = try #require(steps.last)
        #expect(last.bytesRead == Self.large.count)
        #expect(last.rows == draft.counters)
        #expect(last.rows.total == 34_002 && last.rows.failed == 2)
    }

    @Test func `what is said while reading is the report, message by message`() throws {
        var told: [ValidationMessage] = []
        let draft = try Workbooks.importer().read(Workbooks.sample("morning-list.ods"), onMessage: { told.append($0) })
        #expect(told == draft.report.finished)
        told = []
        let failure = try #require(throws: ImportFailure.self) {
            try importer(maxErrorRate: 0).read(Self.large, onMessage: { told.append($0) })
        }
        #expect(told == failure.report.finished)
        #expect(failure.counters.total == 20 && failure.facts.rows == 20)
    }

    @Test func `a cancelled reading ends within one piece of the file`() async throws {
        let task = Task { () -> (isCancelled: Bool, progress: [ImportProgress]) in
            var progress: [ImportProgress] = []
            do {
                _ = try self.importer().read(Self.large) { _ in
                    withUnsafeCurrentTask { $0?.cancel() }
                } onProgress: {
                    progress.append($0)
                }
                return (false, progress)
            } catch is CancellationError {
                return (true, progress)
            }
        }
        let (isCancelled, progress) = try await task.value
        #expect(isCancelled)
        // The piece that holds the bad row is read to its end, and then none.
        #expect(progress.count == 1)
        #expect(progress.allSatisfy { $0.bytesRead <= 65_536 })
    }

    @Test func `imports in parallel never mix`() async throws {
        let workbooks = try [
            Workbooks.sample("morning-list.ods"), Workbooks.sample("north-coverage.ods"),
            Workbooks.fixture("lists/valid.ods"),
        ]
        let importer = try Workbooks.importer()
        let alone = try workbooks.map { try importer.read($0) }
        let together = try await withThrowingTaskGroup(of: (Int, ScheduleDraft).self) { group in
            for (place, bytes) in workbooks.enumerated() {
                for _ in 0..<4 { group.addTask { (place, try importer.read(bytes)) } }
            }
            return try await group.reduce(into: [(Int, ScheduleDraft)]()) { $0.append($1) }
        }
        #expect(together.count == 12)
        for (place, draft) in together {
            #expect(draft.counters == alone[place].counters && draft.shifts == alone[place].shifts)
            #expect(draft.report.counts == alone[place].report.counts)
        }
    }
}
