/// Ids by a number, mostly Unix seconds: a sorted set.
///
/// Ids of the same number come by their bytes.
struct MemoryScores: Sendable, Equatable {
    private struct Entry: Sendable, Comparable {
        let score: Int64
        let id: ExactText

        static func < (left: Self, right: Self) -> Bool {
            left.score != right.score ? left.score < right.score : left.id < right.id
        }
    }

    private var order: [Entry] = []
    private var scores: [ExactText: Int64] = [:]

    var count: Int { order.count }
    var isEmpty: Bool { order.isEmpty }
    /// All ids, the one with the smallest number first.
    var ids: [ExactText] { order.map(\.id) }
    var firstID: ExactText? { order.first?.id }
    var firstScore: Int64? { order.first?.score }
    var lastScore: Int64? { order.last?.score }

    func score(of id: ExactText) -> Int64? { scores[id] }
    func contains(_ id: ExactText) -> Bool { scores[id] != nil }

    /// How many numbers are `score` at most.
    func count(upTo score: Int64) -> Int { place { $0.score <= score } }

    /// The first ids, `most` at most.
    func first(_ most: Int) -> [ExactText] { order.prefix(max(0, most)).map(\.id) }

    /// The first ids whose number is `score` at most.
    func first(_ most: Int, upTo score: Int64) -> [ExactText] { first(min(most, count(upTo: score))) }

    /// Adds an id, or gives it another number.
    mutating func set(_ id: ExactText, to score: Int64) {
        if scores[id] == score { return }
        remove(id)
        let entry = Entry(score: score, id: id)
        order.insert(entry, at: place { $0 < entry })
        scores[id] = score
    }

    /// Removes an id, and says whether it was there.
    @discardableResult
    mutating func remove(_ id: ExactText) -> Bool {
        guard let score = scores.removeValue(forKey: id) else { return false }
        let entry = Entry(score: score, id: id)
        order.remove(at: place { $0 < entry })
        return true
    }

    /// Takes the first ids out, with their numbers.
    mutating func takeFirst(_ count: Int) -> MemoryScores {
        var taken = MemoryScores()
        taken.order = Array(order.prefix(count))
        for entry in taken.order { taken.scores[entry.id] = scores.removeValue(forKey: entry.id) }
        order.removeFirst(taken.count)
        return taken
    }

    /// How many entries are before the first one that `isBefore` is false for.
    private func place(_ isBefore: (Entry) -> Bool) -> Int {
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(order[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
