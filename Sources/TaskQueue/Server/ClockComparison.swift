import Foundation
import Logging

/// Compares this machine's clock with the store's when a server starts.
struct ClockComparison: Sendable {
    /// How long to wait before a store that did not answer is asked again.
    private static let retryInterval = Duration.milliseconds(500)

    let broker: any Broker
    let logger: Logger
    let now: @Sendable () -> Date

    /// Waits for the store's time and judges it; a store that is away is asked until it answers.
    ///
    /// - Parameter shutdown: Ends the wait when it opens.
    /// - Returns: Why the server must not start; `nil` when it may, or when the wait was ended.
    func refusal(unless shutdown: Latch) async -> TaskServerError? {
        let skew = await withTaskGroup(of: ClockSkew?.self) { group in
            group.addTask { await measure() }
            group.addTask {
                await shutdown.wait()
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        switch skew?.verdict {
        case .refused: return TaskServerError(.clockSkew, detail: skew?.text ?? "")
        case .warned: logger.warning("delays and leases are off: \(skew?.text ?? "")")
        case .accepted, nil: break
        }
        return nil
    }

    /// Asks until there is an answer; `nil` when cancelled.
    private func measure() async -> ClockSkew? {
        let limiter = LogLimiter()
        while !Task.isCancelled {
            let asked = now()
            do {
                let storeTime = try await broker.storeTime()
                return ClockSkew(storeTime: storeTime, asked: asked, answered: now())
            } catch {
                limiter.run { logger.warning("the store does not tell its time", metadata: ["error": "\(error)"]) }
                // A cancelled pause ends the loop by its condition.
                try? await Task.sleep(for: Self.retryInterval)
            }
        }
        return nil
    }
}
