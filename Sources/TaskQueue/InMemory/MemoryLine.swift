/// Ids in the order in which they are taken: a list that is fed at its end.
struct MemoryLine: Sendable, Equatable {
    private var items: [ExactText] = []
    /// How many of ``items`` were taken already; they are thrown away in one go now and then.
    private var taken = 0

    /// All ids, the next one first.
    var ids: ArraySlice<ExactText> { items[taken...] }
    var count: Int { items.count - taken }
    var isEmpty: Bool { count == 0 }

    /// Adds an id that is taken last.
    mutating func append(_ id: ExactText) { items.append(id) }

    /// Adds an id that is taken next.
    mutating func giveBack(_ id: ExactText) {
        if taken > 0 {
            taken -= 1
            items[taken] = id
        } else {
            items.insert(id, at: 0)
        }
    }

    /// Takes up to `most` ids.
    mutating func take(_ most: Int) -> [ExactText] {
        let found = Array(ids.prefix(max(0, most)))
        taken += found.count
        if taken > items.count / 2 {
            items.removeFirst(taken)
            taken = 0
        }
        return found
    }

    /// Removes an id, and says whether it was there.
    @discardableResult
    mutating func remove(_ id: ExactText) -> Bool {
        guard let place = ids.firstIndex(of: id) else { return false }
        items.remove(at: place)
        return true
    }

    static func == (left: Self, right: Self) -> Bool { left.ids == right.ids }
}
