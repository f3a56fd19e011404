package import ScheduleModel

/// Who decides when a request may start (domain 5.6): this process alone, or the whole fleet.
///
/// A permit is never given ahead of its time: it is good at once, or the asker is told when to ask again. So what an asker does
/// between two questions, oversleeping included, can bunch nothing.
package protocol PermitSource: Sendable {
    /// Asks to start a request now.
    ///
    /// - Parameter request: Which; ask again with the same one.
    /// - Returns: Whether it may start, or when to ask again.
    /// - Throws: ``PermitError`` when nobody can tell, `CancellationError`; then ``settle(_:_:)`` is still owed.
    func ask(_ request: PermitRequest) async throws -> PermitAnswer

    /// Says how a request ended, which gives its lane back.
    ///
    /// A request that was never allowed may be settled too; what cannot be told ends with the lease.
    func settle(_ request: PermitRequest, _ outcome: RequestOutcome) async

    /// A batch has ended: its policy and the lanes that it lost to throttling bind nobody any more.
    func finish(batch: String) async
}

/// One request that wants to start.
package struct PermitRequest: Sendable, Hashable {
    /// The batch that it belongs to, unlike any other of the fleet; without a dot.
    package let batch: String
    /// Unlike that of any other request of the batch.
    package let number: Int
    /// The first day of the month whose page is fetched.
    package let month: LocalDate

    /// Unlike that of any other request of the fleet.
    package var id: String { "\(batch).\(number)" }

    /// Names a request.
    package init(batch: String, number: Int, month: LocalDate) {
        self.batch = batch
        self.number = number
        self.month = month
    }
}

/// What an asker is told.
package enum PermitAnswer: Sendable, Equatable {
    /// Start now.
    case granted
    /// Ask again after a while, or as soon as one of one's own requests has ended; `nil`: not before that.
    case wait(Duration?)
    /// The page was fetched lately, or somebody is fetching it; it may be asked for again after a while.
    case tooYoung(Duration)
}

/// How a request ended.
package enum RequestOutcome: Sendable, Equatable {
    /// The page was had, or is as it was.
    case fetched
    /// It was not had.
    case failed
    /// The server asked for less: status 429 or 503, and how long it wants to be left alone.
    case throttled(Duration)
    /// It was never sent.
    case unspent
}

/// Why nobody could tell whether a request may start.
package struct PermitError: Error, Sendable, CustomStringConvertible {
    /// What happened; no address, no credential.
    package let description: String

    /// Names a reason.
    package init(_ description: String) { self.description = description }
}
