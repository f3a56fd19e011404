import Foundation

/// Finds time zones by the names that Go's `LoadLocation` takes.
enum CronZone {
    /// The database's names without a slash.
    ///
    /// Foundation also takes abbreviations and offsets such as `PST` and `GMT+2`, which a Go scheduler refuses.
    private static let plainNames: Set<String> = [
        "CET", "CST6CDT", "Cuba", "EET", "EST", "EST5EDT", "Egypt", "Eire", "GB", "GB-Eire", "GMT", "GMT+0", "GMT-0",
        "GMT0", "Greenwich", "HST", "Hongkong", "Iceland", "Iran", "Israel", "Jamaica", "Japan", "Kwajalein", "Libya",
        "MET", "MST", "MST7MDT", "NZ", "NZ-CHAT", "Navajo", "PRC", "PST8PDT", "Poland", "Portugal", "ROC", "ROK",
        "Singapore", "Turkey", "UCT", "UTC", "Universal", "W-SU", "WET", "Zulu",
    ]

    /// The zone of a name: a name of the time zone database, `Local`, or nothing for UTC; `nil` for any other.
    static func named(_ name: some StringProtocol) -> TimeZone? {
        if name.isEmpty { return .gmt }
        if name == "Local" { return .current }
        guard name.contains("/") || plainNames.contains(String(name)) else { return nil }
        return TimeZone(identifier: String(name))
    }
}
