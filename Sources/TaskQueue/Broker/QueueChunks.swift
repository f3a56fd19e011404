/// Items grouped by their queue and cut into chunks, one a script call; positions lead back to the items.
struct QueueChunks {
    /// One call's queue and the positions of its items.
    let all: [(queue: String, positions: [Int])]

    /// Groups `items` in their order; a chunk has `size` of them at most.
    init<Item>(of items: [Item], size: Int, queue: (Item) -> String) {
        var open: [String: Int] = [:]
        var chunks: [(queue: String, positions: [Int])] = []
        for (position, item) in items.enumerated() {
            let name = queue(item)
            if let chunk = open[name], chunks[chunk].positions.count < size {
                chunks[chunk].positions.append(position)
            } else {
                open[name] = chunks.count
                chunks.append((name, [position]))
            }
        }
        all = chunks
    }
}
