/// How many workers of ours died while they had a task: the hash field `schedcu:crashes`, `<count>|<Unix seconds>`.
struct Crashes: Sendable, Equatable {
    /// How long a crash is remembered: 24 h, so that a task is not held guilty of a bad day long ago.
    static let memorySeconds: Int64 = 86_400

    private let total: Int
    private let lastUnixSeconds: Int64

    /// Reads the field; one that is missing or cannot be read is no crash.
    init(_ field: [UInt8]?) {
        let parts = String(decoding: field ?? [], as: UTF8.self).split(separator: "|")
        guard parts.count == 2, let total = Int(parts[0]), let last = Int64(parts[1]) else {
            (self.total, lastUnixSeconds) = (0, 0)
            return
        }
        (self.total, lastUnixSeconds) = (total, last)
    }

    private init(_ total: Int, last: Int64) { (self.total, lastUnixSeconds) = (total, last) }

    /// With one more at a moment; those that no longer count are forgotten.
    func adding(atUnixSeconds now: Int64) -> Crashes { Crashes(count(atUnixSeconds: now) + 1, last: now) }

    /// How many count at a moment: all, or none once the last is too long ago.
    func count(atUnixSeconds now: Int64) -> Int {
        now - lastUnixSeconds > Self.memorySeconds ? 0 : total
    }
}
