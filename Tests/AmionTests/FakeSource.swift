import Amion
import ConcurrencySupport
import ScheduleModel

/// A source that answers as a test says and notes when it was asked.
final class FakeSource: ScheduleSource {
    struct Call: Sendable, Hashable {
        let month: LocalDate
        let at: Duration
        let inFlight: Int
    }

    private struct State {
        var calls: [Call] = []
        var inFlight = 0
        var triesOfMonth: [LocalDate: Int] = [:]
    }

    private let clock: ManualClock
    private let latency: Duration
    private let state = LockedValue(State())
    private let answer: @Sendable (_ month: LocalDate, _ attempt: Int) throws -> MonthResult

    /// Makes a source; attempts of a month count from 1.
    init(
        clock: ManualClock, latency: Duration = .milliseconds(150),
        answer: @escaping @Sendable (LocalDate, Int) throws -> MonthResult = { month, _ in MonthResult(month: month) }
    ) {
        self.clock = clock
        self.latency = latency
        self.answer = answer
    }

    var calls: [Call] { state.withLock { $0.calls } }
    /// When the requests started, in order.
    var starts: [Duration] { calls.map(\.at).sorted() }

    func month(_ month: LocalDate, known: MonthValidators?) async throws -> MonthAnswer {
        let attempt = state.withLock { state in
            state.inFlight += 1
            state.calls.append(Call(month: month, at: clock.now.offset, inFlight: state.inFlight))
            state.triesOfMonth[month, default: 0] += 1
            return state.triesOfMonth[month, default: 0]
        }
        defer { state.withLock { $0.inFlight -= 1 } }
        try await clock.sleep(for: latency)
        return .changed(try answer(month, attempt))
    }
}

/// Permits that are never given: because nobody can tell, or because every page is too young.
struct NoPermits: PermitSource {
    var young: Duration?

    func ask(_ request: PermitRequest) async throws -> PermitAnswer {
        guard let young else { throw PermitError("nobody is there") }
        return .tooYoung(young)
    }

    func settle(_ request: PermitRequest, _ outcome: RequestOutcome) async {}
    func finish(batch: String) async {}
}

extension MonthFailure {
    /// A failure as a source would report it.
    static func of(
        _ month: LocalDate, _ status: Int, retryAfter: Duration? = nil
    ) -> MonthFailure {
        MonthFailure(
            month: month, kind: .http, code: "EXTERNAL_SERVICE_ERROR", cause: "the server answered \(status)",
            isRetriable: status == 429 || status >= 500, retryAfter: retryAfter,
            isThrottled: status == 429 || status == 503)
    }
}

/// The first days of so many months from March 2026.
func months(_ count: Int) -> [LocalDate] {
    (0..<count).compactMap { LocalDate(year: 2026, month: 3, day: 1)?.firstOfMonth(addingMonths: $0) }
}
