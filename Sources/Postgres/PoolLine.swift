/// Who has a pool's connections and who waits for one, in order of arrival: decisions without I/O.
struct PoolLine: Sendable {
    /// What a caller is given.
    enum Place: Sendable {
        /// A connection that was idle.
        case connection(PostgresConnection)
        /// The right to open one.
        case vacancy
    }

    /// What a caller has to do.
    enum Verdict {
        case place(Place)
        /// Stand in line with this ticket.
        case wait(Int)
        case closed
    }

    typealias Continuation = CheckedContinuation<Result<Place, PostgresError>, Never>

    struct Waiter: Sendable {
        let ticket: Int
        let continuation: Continuation
    }

    let size: Int
    private(set) var open = 0
    private(set) var idle: [PostgresConnection] = []
    private(set) var waiters: [Waiter] = []
    private var isClosed = false
    private var lastTicket = 0

    init(size: Int) {
        self.size = size
    }

    /// A place at once, the most recently used connection first, or a ticket.
    mutating func takePlace() -> Verdict {
        guard !isClosed else { return .closed }
        if let place = freePlace() { return .place(place) }
        lastTicket += 1
        return .wait(lastTicket)
    }

    /// Puts a ticket's holder in line; serves it at once when a place became free since.
    ///
    /// Returns it when the pool has closed.
    mutating func join(_ ticket: Int, _ continuation: Continuation) -> Continuation? {
        guard !isClosed else { return continuation }
        if waiters.isEmpty, let place = freePlace() {
            continuation.resume(returning: .success(place))
            return nil
        }
        // Tickets are drawn and continuations join one after the other, but not as one step: keep the order of tickets.
        let position = waiters.firstIndex { $0.ticket > ticket } ?? waiters.endIndex
        waiters.insert(Waiter(ticket: ticket, continuation: continuation), at: position)
        return nil
    }

    /// Takes a ticket's holder out of the line, if it still stands there.
    mutating func leave(_ ticket: Int) -> Continuation? {
        guard let index = waiters.firstIndex(where: { $0.ticket == ticket }) else { return nil }
        return waiters.remove(at: index).continuation
    }

    /// Takes a connection, or the place of one that is gone, back and passes it on to the first in line.
    mutating func giveBack(
        _ connection: PostgresConnection?
    ) -> (waiter: Continuation?, place: Place?, isKept: Bool) {
        guard !isClosed else {
            open -= 1
            return (nil, nil, false)
        }
        if !waiters.isEmpty {
            let waiter = waiters.removeFirst().continuation
            return (waiter, connection.map(Place.connection) ?? .vacancy, true)
        }
        if let connection {
            idle.append(connection)
        } else {
            open -= 1
        }
        return (nil, nil, true)
    }

    /// Refuses everyone from now on; returns what is to be closed and who is to be told.
    mutating func close() -> (connections: [PostgresConnection], waiters: [Continuation]) {
        defer {
            open -= idle.count
            idle = []
            waiters = []
        }
        isClosed = true
        return (idle, waiters.map(\.continuation))
    }

    private mutating func freePlace() -> Place? {
        if let connection = idle.popLast() { return .connection(connection) }
        guard open < size else { return nil }
        open += 1
        return .vacancy
    }
}
