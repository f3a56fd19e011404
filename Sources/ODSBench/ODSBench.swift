import BenchSupport
import Glibc

/// Measures the workbook reader: `ods-bench read|libxml2|values|check|write FILE [RUNS]`.
///
/// Prints one line for each run in this process: rows and
/// cells that came out of it, wall and CPU time in nanoseconds, and the process's largest resident set so far in bytes.
/// `ops/bench-ods` starts it and makes tables of the lines.
@main
struct ODSBench {
    static func main() {
        do {
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            report("ods-bench: error: \(error)\n")
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) throws {
        guard arguments.count >= 2, let work = Work(rawValue: arguments[0]) else {
            throw BenchFailure("usage: ods-bench read|libxml2|values|check|write FILE [RUNS]")
        }
        let bytes = try File.read(arguments[1])
        for _ in 0..<(arguments.count > 2 ? Int(arguments[2]) ?? 1 : 1) {
            let (wall, cpu) = (ProcessUsage.now(CLOCK_MONOTONIC), ProcessUsage.now(CLOCK_PROCESS_CPUTIME_ID))
            let counts = try work.run(bytes)
            print(
                "rows=\(counts.rows) cells=\(counts.cells) wall_ns=\(ProcessUsage.now(CLOCK_MONOTONIC) - wall)",
                "cpu_ns=\(ProcessUsage.now(CLOCK_PROCESS_CPUTIME_ID) - cpu) rss=\(ProcessUsage.peakBytes())")
        }
    }
}
