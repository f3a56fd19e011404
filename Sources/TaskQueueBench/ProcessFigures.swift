import Foundation
import Glibc

/// What this process has used so far.
enum ProcessFigures {
    /// CPU time of all threads, user and system, in seconds.
    static var cpuSeconds: Double { Double(nanoseconds(CLOCK_PROCESS_CPUTIME_ID)) / 1e9 }

    /// The largest resident set so far (`VmHWM`), in MB of 1,000,000 bytes.
    static func peakMemoryMB() throws -> Double {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        guard let kilobytes = line?.split(separator: " ").compactMap({ Double($0) }).first else {
            throw BenchFailure("/proc/self/status has no VmHWM")
        }
        return kilobytes * 1024 / 1e6
    }

    /// The wall clock, Unix nanoseconds: the one clock that two processes share.
    static var unixNanoseconds: Int64 { nanoseconds(CLOCK_REALTIME) }

    /// A clock that only goes forward, in nanoseconds.
    static var monotonicNanoseconds: Int64 { nanoseconds(CLOCK_MONOTONIC) }

    private static func nanoseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
