import ConcurrencySupport
package import ScheduleModel

/// Spends the permits of one batch: the one place where its requests wait, first come, first served.
///
/// Only the first in line asks, so that a fleet's Redis hears one question at a time from each batch.
package actor RateLimiter {
    private let source: any PermitSource
    private let clock: any Clock<Duration>
    private let batchID = RandomUUID.next()
    private var requestCount = 0
    /// Whether somebody is first in line; `line` holds those behind.
    private var isTaken = false
    private var line: [(number: Int, turn: CheckedContinuation<Bool, Never>)] = []
    /// Ends the pause of the first in line.
    private var pause: AsyncStream<Void>.Continuation?
    private var settledCount = 0
    /// Why nobody can tell any more; the rest of the batch does not ask again.
    private var failure: PermitError?
    /// The newest of the messages to the source, which are told in order.
    private var telling: Task<Void, Never>?

    /// Makes a limiter of one batch.
    package init(_ source: any PermitSource, clock: any Clock<Duration> = ContinuousClock()) {
        self.source = source
        self.clock = clock
    }

    /// Waits until a request may start.
    ///
    /// - Parameter month: The first day of the month whose page is fetched.
    /// - Returns: The permit, good now; `nil` and a span when the page is too young to be fetched. Each permit is to be given to
    ///   ``settle(_:_:)``.
    /// - Throws: ``PermitError`` when nobody can tell, `CancellationError` at once when the task is cancelled.
    package func permit(for month: LocalDate) async throws -> PermitOrAge {
        requestCount += 1
        let request = PermitRequest(batch: batchID, number: requestCount, month: month)
        try await waitForTurn(request.number)
        defer { passTurn() }
        while true {
            try Task.checkCancellation()
            if let failure { throw failure }
            let seen = settledCount
            let answer: PermitAnswer
            do {
                answer = try await source.ask(request)
            } catch {
                // The question may have been answered with yes, unheard.
                tell { await $0.settle(request, .unspent) }
                failure = error as? PermitError
                throw error
            }
            switch answer {
            case .granted:
                guard !Task.isCancelled else {
                    tell { await $0.settle(request, .unspent) }
                    throw CancellationError()
                }
                return .permit(request)
            case .tooYoung(let span): return .tooYoung(span)
            // A request that ended meanwhile may have changed the answer.
            case .wait(let span): if seen == settledCount { await pause(for: span) }
            }
        }
    }

    /// A month's permit, or why there is none.
    package enum PermitOrAge: Sendable {
        /// Start now.
        case permit(PermitRequest)
        /// The page may be asked for again after a while.
        case tooYoung(Duration)
    }

    /// Gives a permit back; a cancelled caller does not wait until the source knows.
    package func settle(_ permit: PermitRequest, _ outcome: RequestOutcome) async {
        let told = tell { await $0.settle(permit, outcome) }
        if !Task.isCancelled { await told.value }
    }

    /// The batch has ended.
    package func finish() async {
        let told = tell { [batchID] in await $0.finish(batch: batchID) }
        if !Task.isCancelled { await told.value }
    }

    /// Tells the source something after all that it was told before, whether or not the caller is cancelled.
    @discardableResult
    private func tell(_ message: @escaping @Sendable (any PermitSource) async -> Void) -> Task<Void, Never> {
        let before = telling
        let task = Task {
            await before?.value
            await message(source)
            settledCount += 1
            pause?.finish()
        }
        telling = task
        return task
    }

    /// Sleeps for a span, until a request has ended or the task is cancelled, whichever is first.
    private func pause(for span: Duration?) async {
        let (signal, waker) = AsyncStream<Void>.makeStream()
        pause = waker
        let alarm = span.map { span in
            Task { [clock] in
                try? await clock.sleep(for: span)  // fails only by being cancelled below
                waker.finish()
            }
        }
        for await _ in signal {}
        alarm?.cancel()
        pause = nil
    }

    private func waitForTurn(_ number: Int) async throws {
        guard isTaken else {
            isTaken = true
            return
        }
        let hasTurn = await withTaskCancellationHandler {
            await withCheckedContinuation { turn in
                guard !Task.isCancelled else { return turn.resume(returning: false) }
                line.append((number, turn))
            }
        } onCancel: {
            Task { await self.leaveLine(number) }
        }
        guard hasTurn else { throw CancellationError() }
    }

    private func passTurn() {
        isTaken = !line.isEmpty
        if !line.isEmpty { line.removeFirst().turn.resume(returning: true) }
    }

    private func leaveLine(_ number: Int) {
        guard let place = line.firstIndex(where: { $0.number == number }) else { return }
        line.remove(at: place).turn.resume(returning: false)
    }
}
