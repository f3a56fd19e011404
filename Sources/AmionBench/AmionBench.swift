import Amion
import BenchSupport
import Glibc
import ScheduleModel

/// Measures the page reader: `amion-bench parse|libxml2 FILE [RUNS]`, where FILE is a UTF-8 page of March 2026;
/// `libxml2` is the same without the shortcut for regular rows.
///
/// Prints one line for each run in this process: rows that came out of it, wall and CPU time in nanoseconds, and the
/// process's largest resident set so far in bytes. `ops/bench-amion` starts it and makes tables of the lines.
@main
struct AmionBench {
    /// What libcurl hands over at once.
    private static let pieceBytes = 16_384

    static func main() {
        do {
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            var text = "amion-bench: error: \(error)\n"
            text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) throws {
        guard arguments.count >= 2, ["parse", "libxml2"].contains(arguments[0]) else {
            throw BenchFailure("usage: amion-bench parse|libxml2 FILE [RUNS]")
        }
        let page = try File.read(arguments[1])
        let pieces = stride(from: 0, to: page.count, by: pieceBytes).map {
            Array(page[$0..<min($0 + pieceBytes, page.count)])
        }
        let vocabulary = try ShiftVocabulary(ShiftType.initial)
        guard let month = LocalDate("2026-03-01") else { throw BenchFailure("no such month") }
        for _ in 0..<(arguments.count > 2 ? Int(arguments[2]) ?? 1 : 1) {
            let (wall, cpu) = (ProcessUsage.now(CLOCK_MONOTONIC), ProcessUsage.now(CLOCK_PROCESS_CPUTIME_ID))
            let reader = MonthPageReader(
                month: month, vocabulary: vocabulary, httpCharset: "utf-8", usesLibXML2Only: arguments[0] == "libxml2")
            for piece in pieces { try reader.feed(piece) }
            let result = try reader.finish()
            let (wallEnd, cpuEnd) = (ProcessUsage.now(CLOCK_MONOTONIC), ProcessUsage.now(CLOCK_PROCESS_CPUTIME_ID))
            print(
                "rows=\(result.rows.count) duplicates=\(result.duplicates) messages=\(result.messages.count)",
                "wall_ns=\(wallEnd - wall) cpu_ns=\(cpuEnd - cpu) rss=\(ProcessUsage.peakBytes())")
        }
    }
}
