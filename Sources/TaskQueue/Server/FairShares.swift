/// Whose turn it is: shares tasks among queues by weight, so that none with many tasks holds up another with one.
///
/// Pure. It is start-time fair queueing: each queue's tasks take virtual time, the less the heavier the queue; the queue
/// whose time is furthest behind comes next, and one that had no tasks meanwhile starts where the others are. While all
/// queues have tasks each gives its share of the weights, exactly, where asynq's chance gives it on average.
package struct FairShares: Sendable, Equatable {
    /// Up to so many queues share each attempt task by task.
    private static let finelyShared = 4
    /// With more queues each gives this many in its turn, because a call for one task costs the store three times its share
    /// of a call for many (architecture D4).
    private static let turn = 4

    private var weights: [String: Int]
    /// At which virtual time each queue's last turn was over.
    private var ends: [String: Double] = [:]
    /// The virtual time: when the last turn began.
    private var clock = 0.0

    /// Makes equal turns of queues with weights of at least 1.
    package init(weights: [String: Int]) { self.weights = weights }

    /// Other queues are served from now on; those that stay keep their turns.
    mutating func serve(_ weights: [String: Int]) {
        self.weights = weights
        ends = ends.filter { weights[$0.key] != nil }
    }

    /// Divides an attempt.
    ///
    /// - Parameters:
    ///   - limit: How many tasks are wanted.
    ///   - open: The queues that may have tasks, each with how many it may give; of equals the first comes first.
    /// - Returns: How many to ask of which queue; together `limit`, or all that they may give.
    func portions(of limit: Int, among open: [(queue: String, room: Int)]) -> [(queue: String, count: Int)] {
        let step = open.count > Self.finelyShared ? Self.turn : 1
        var starts = open.map { start(of: $0.queue) }
        var counts = [Int](repeating: 0, count: open.count)
        var left = limit
        while left > 0 {
            var next: Int?
            for index in open.indices where counts[index] < open[index].room {
                if next.map({ starts[index] < starts[$0] }) ?? true { next = index }
            }
            guard let next else { break }
            let count = min(step, left, open[next].room - counts[next])
            counts[next] += count
            starts[next] += time(of: count, open[next].queue)
            left -= count
        }
        return open.indices.filter { counts[$0] > 0 }.map { (queue: open[$0].queue, count: counts[$0]) }
    }

    /// Queues gave tasks.
    mutating func took(_ counts: [String: Int]) {
        let turns = counts.map { (queue: $0.key, count: $0.value, start: start(of: $0.key)) }
        for turn in turns where turn.count > 0 {
            ends[turn.queue] = turn.start + time(of: turn.count, turn.queue)
            clock = max(clock, turn.start)
        }
    }

    private func start(of queue: String) -> Double { max(clock, ends[queue] ?? 0) }

    private func time(of count: Int, _ queue: String) -> Double { Double(count) / Double(max(1, weights[queue] ?? 1)) }
}
