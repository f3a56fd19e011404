import Glibc
import ODS

/// Measures the workbook reader: `ods-bench read|libxml2 FILE [RUNS]`.
///
/// `read` takes the reader as it is, `libxml2` without the fast path. Prints one line for each run in this process: rows and
/// cells that came out of it, wall and CPU time in nanoseconds, and the process's largest resident set so far in bytes.
/// `ops/bench-ods` starts it and makes tables of the lines.
@main
struct ODSBench {
    static func main() {
        do {
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            fputs("ods-bench: error: \(error)\n", stderr)
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) throws {
        guard arguments.count >= 2, let work = Work(rawValue: arguments[0]) else {
            throw BenchFailure("usage: ods-bench read|libxml2|import FILE [RUNS]")
        }
        let bytes = try File.read(arguments[1])
        for _ in 0..<(arguments.count > 2 ? Int(arguments[2]) ?? 1 : 1) {
            let (wall, cpu) = (Clock.now(CLOCK_MONOTONIC), Clock.now(CLOCK_PROCESS_CPUTIME_ID))
            let counts = try work.run(bytes)
            print(
                "rows=\(counts.rows) cells=\(counts.cells) wall_ns=\(Clock.now(CLOCK_MONOTONIC) - wall)",
                "cpu_ns=\(Clock.now(CLOCK_PROCESS_CPUTIME_ID) - cpu) rss=\(Clock.peakBytes())")
        }
    }
}

/// What is measured.
enum Work: String {
    case read, libxml2

    func run(_ bytes: [UInt8]) throws -> Counter {
        var counter = Counter()
        try ODSReader(usesLibXML2Only: self == .libxml2).read(bytes, handler: &counter)
        return counter
    }
}

/// Counts what it is given.
struct Counter: ODSHandler {
    private(set) var rows = 0
    private(set) var cells = 0

    mutating func sheetBegan(name: String, index: Int) throws {}

    mutating func row(_ row: ODSRow) throws {
        rows += 1
        cells += row.cells.count
    }

    mutating func sheetEnded() throws {}

    mutating func limitTruncated(_ limit: ODSLimit, sheet: String, row: Int?, column: Int?) throws {}

    mutating func progress(bytesRead: Int, of total: Int) throws {}
}
