import TaskEvents

/// Numbers as a person reads them.
enum NumberText {
    /// A number from 0 with two decimals, such as `83.21`.
    static func hundredths(_ value: Double) -> String {
        let hundredths = Int((min(max(value, 0), 1e9) * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }

    /// A rate per second: whole from 10 on, else with one decimal.
    static func rate(_ value: Double) -> String {
        let value = min(max(value, 0), 1e15)
        guard value < 10 else { return "\(Int(value.rounded()))" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// A span in seconds, such as `4 s`, `2 min 5 s` or `1 h 3 min`.
    static func seconds(_ value: Double) -> String {
        let seconds = Int(min(max(value, 0), 1e9).rounded(.up))
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
        return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    }

    /// A member that is a whole number; 0 when it is none.
    static func count(_ value: JSONValue?) -> Int { value?.intValue ?? 0 }

    /// A count with its noun, such as `1 month` and `2 months`.
    static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
