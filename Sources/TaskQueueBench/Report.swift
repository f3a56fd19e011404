import Foundation

/// One line of figures: a name, then `key=value` pairs in the order in which they were added.
struct Report {
    private var line: String

    /// Begins a line.
    init(_ name: String) { line = name }

    /// Adds a whole number or a word.
    mutating func add(_ key: String, _ value: some CustomStringConvertible) {
        line += " \(key)=\(value)"
    }

    /// Adds a number with some decimals.
    mutating func add(_ key: String, _ value: Double, decimals: Int) {
        line += " \(key)=" + String(format: "%.\(decimals)f", value)
    }

    /// Adds the p50, p99 and maximum of durations in nanoseconds, as milliseconds.
    mutating func add(_ prefix: String, milliseconds samples: [Int64]) {
        let sorted = samples.sorted()
        guard let last = sorted.last else { return }
        add(prefix + "p50_ms", Double(Self.percentile(50, of: sorted)) / 1e6, decimals: 3)
        add(prefix + "p99_ms", Double(Self.percentile(99, of: sorted)) / 1e6, decimals: 3)
        add(prefix + "max_ms", Double(last) / 1e6, decimals: 3)
    }

    /// Writes the line at once, also into a pipe.
    func finish() {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    /// The smallest sample that at least `percent` per cent of the samples do not exceed; `sorted` is not empty.
    static func percentile(_ percent: Int, of sorted: [Int64]) -> Int64 {
        sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
    }
}
