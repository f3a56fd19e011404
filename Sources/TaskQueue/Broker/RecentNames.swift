import Foundation

/// Names of queues and when each was noted; one that is older than its life counts no more, and is forgotten.
///
/// Pure. What is over is looked for only when the table has doubled, so that noting stays cheap however many names there are.
struct RecentNames: Sendable {
    /// How many names are kept before the first look for old ones.
    static let leastSweep = 64

    private let life: TimeInterval
    private var noted: [String: Date] = [:]
    private var sweepAt = Self.leastSweep

    /// Makes an empty table; `life` is in seconds.
    init(life: TimeInterval) { self.life = life }

    /// How many names are kept, some of which may be over.
    var count: Int { noted.count }

    /// Whether a name was noted within its life before `moment`; a clock that was set back makes it too old.
    func holds(_ name: String, at moment: Date) -> Bool {
        noted[name].map { isAlive($0, at: moment) } ?? false
    }

    /// Notes a name.
    mutating func note(_ name: String, at moment: Date) {
        noted[name] = moment
        guard noted.count >= sweepAt else { return }
        noted = noted.filter { isAlive($0.value, at: moment) }
        sweepAt = max(Self.leastSweep, noted.count * 2)
    }

    private func isAlive(_ since: Date, at moment: Date) -> Bool {
        (0..<life).contains(moment.timeIntervalSince(since))
    }
}
