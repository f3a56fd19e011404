/// What one attempt to take tasks asks for.
package struct DequeuePlan: Sendable {
    /// The queues to take from, in this order; with ``shares`` it decides between queues whose turn it is equally.
    package var queues: [String]
    /// How many tasks a queue may give at most; a queue that is not in it may give all.
    package var rooms: [String: Int]
    /// How the queues share what is taken; `nil` empties each before the next, as a strict priority wants it.
    package var shares: FairShares?
    /// Whether whoever asks serves no other queue: then the store's refusal of this one is an error, not a reason to leave it
    /// out.
    package var isOnlyQueue: Bool
    /// How many tasks are taken at most, from all queues together.
    package var limit: Int

    /// Names an attempt; strict and without rooms unless given.
    ///
    /// One queue without rooms counts as the only one unless told.
    package init(
        from queues: [String], rooms: [String: Int] = [:], shares: FairShares? = nil, isOnlyQueue: Bool? = nil,
        limit: Int
    ) {
        self.queues = queues
        self.rooms = rooms
        self.shares = shares
        self.isOnlyQueue = isOnlyQueue ?? (queues.count == 1 && rooms.isEmpty)
        self.limit = limit
    }

    /// How many tasks to ask of which queues next.
    ///
    /// - Parameters:
    ///   - candidates: The queues that may have more, in the order of ``queues``.
    ///   - taken: How many tasks each queue has given in this attempt already, which ``shares`` must know of.
    /// - Returns: Queues with numbers of 1 at least, one call to the store each; empty when nothing is to be asked.
    func portions(among candidates: [String], taken: [String: Int]) -> [(queue: String, count: Int)] {
        let left = limit - taken.values.reduce(0, +)
        guard left > 0 else { return [] }
        let open = candidates.compactMap { queue -> (queue: String, room: Int)? in
            let room = rooms[queue].map { $0 - (taken[queue] ?? 0) } ?? left
            return room > 0 ? (queue, min(room, left)) : nil
        }
        guard let shares else { return open.first.map { [(queue: $0.queue, count: $0.room)] } ?? [] }
        return shares.portions(of: left, among: open)
    }
}

/// What one attempt to take tasks brought.
package struct DequeueResult: Sendable {
    /// The tasks; whoever asked must run them or give them back.
    package var tasks: [DequeuedTask] = []
    /// The queues that have more tasks and may not give them now.
    package var holds: [String: QueueHold] = [:]

    /// Holds nothing unless told.
    package init(tasks: [DequeuedTask] = [], holds: [String: QueueHold] = [:]) {
        self.tasks = tasks
        self.holds = holds
    }
}

/// Why a queue may give no more of its tasks for now.
package enum QueueHold: Sendable, Equatable {
    /// As many run, on all workers together, as its limit allows; the end of one is told as ``WakeUp/pending(queue:)``.
    case full
    /// Its rate allows the next task after this time.
    case rated(Duration)
}
