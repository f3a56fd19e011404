import Foundation
import Redis

/// What one queue did on one day: asynq's `DailyStats`.
public struct DailyStats: Sendable, Equatable {
    /// The queue's name.
    public var queue: String
    /// The day in UTC, `yyyy-mm-dd`.
    public var day: String
    /// Tasks processed, failures included.
    public var processed: Int
    /// Tasks failed.
    public var failed: Int
}

extension TaskInspector {
    /// The most days that ``history(of:days:)`` reads: ten years.
    ///
    /// Redis forgets a day after 90.
    public static let maxHistoryDays = 3650

    /// A queue's numbers of the last days in UTC, today first.
    ///
    /// - Parameters:
    ///   - queue: The queue's name.
    ///   - days: How many days, today included; 1 to ``maxHistoryDays``.
    /// - Returns: One entry a day; a day of which nothing is known has zeros.
    /// - Throws: ``InspectorError`` with `invalidArgument` or `queueNotFound`, else the store's error.
    public func history(of queue: String, days: Int) async throws -> [DailyStats] {
        guard (1...Self.maxHistoryDays).contains(days) else {
            throw InspectorError(.invalidArgument, "a history has 1 to \(Self.maxHistoryDays) days, not \(days)")
        }
        try await requireQueue(queue)
        let keys = RedisKeys(queue: queue)
        let moment = now()
        let names = (0..<days).map { UTCDay(moment.addingTimeInterval(TimeInterval($0) * -86_400)) }
        let counts = try await numbers(
            names.flatMap { day in
                [keys.processed(on: day), keys.failed(on: day)].map { RedisCommand("GET", [.string($0)]) }
            })
        return names.enumerated().map { index, day in
            DailyStats(queue: queue, day: day.text, processed: counts[2 * index], failed: counts[2 * index + 1])
        }
    }
}
