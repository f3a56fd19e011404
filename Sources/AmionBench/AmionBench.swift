import Amion
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
        let page = try file(arguments[1])
        let pieces = stride(from: 0, to: page.count, by: pieceBytes).map {
            Array(page[$0..<min($0 + pieceBytes, page.count)])
        }
        let vocabulary = try ShiftVocabulary(ShiftType.initial)
        guard let month = LocalDate("2026-03-01") else { throw BenchFailure("no such month") }
        for _ in 0..<(arguments.count > 2 ? Int(arguments[2]) ?? 1 : 1) {
            let (wall, cpu) = (now(CLOCK_MONOTONIC), now(CLOCK_PROCESS_CPUTIME_ID))
            let reader = MonthPageReader(
                month: month, vocabulary: vocabulary, httpCharset: "utf-8", usesLibXML2Only: arguments[0] == "libxml2")
            for piece in pieces { try reader.feed(piece) }
            let result = try reader.finish()
            let (wallEnd, cpuEnd) = (now(CLOCK_MONOTONIC), now(CLOCK_PROCESS_CPUTIME_ID))
            print(
                "rows=\(result.rows.count) duplicates=\(result.duplicates) messages=\(result.messages.count)",
                "wall_ns=\(wallEnd - wall) cpu_ns=\(cpuEnd - cpu) rss=\(peakBytes())")
        }
    }

    /// A whole file in memory.
    private static func file(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw BenchFailure("\(path) cannot be opened") }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        let size = ftell(file)
        rewind(file)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = fread(buffer.baseAddress, 1, size, file)
        }
    }

    /// A clock's time in nanoseconds.
    private static func now(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// The largest resident set so far, in bytes.
    private static func peakBytes() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
    }
}

/// Why nothing could be measured.
struct BenchFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
