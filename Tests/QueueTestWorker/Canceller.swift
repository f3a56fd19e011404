import Foundation
import Logging
import Redis
import TaskQueue

/// A process of the fault test that cancels one task for good, once, and ends.
package struct Canceller: Sendable {
    /// What its status says.
    package enum Status: Int32, Sendable {
        /// The cancellation was acknowledged.
        case cancelled = 0
        /// It was refused.
        case refused = 3
        /// Nobody knows: the answer was lost.
        case unknown = 4
    }

    private static let word = "cancel"
    private let redis: String
    private let queue: String
    private let id: String

    /// Names the task.
    package init(redis: String, queue: String, id: String) {
        self.redis = redis
        self.queue = queue
        self.id = id
    }

    /// Reads ``arguments``; `nil` for those of a worker.
    init?(_ arguments: [String]) {
        guard arguments.count == 4, arguments[0] == Self.word else { return nil }
        self.init(redis: arguments[1], queue: arguments[2], id: arguments[3])
    }

    /// The command line's words after the program's name.
    package var arguments: [String] { [Self.word, redis, queue, id] }

    /// Cancels, and says what came of it.
    func run(logger: Logger) async -> Status {
        do {
            let inspector = TaskInspector(redis: try RedisConfiguration(url: redis), logger: logger)
            _ = try await inspector.cancel(id, in: queue)
            await inspector.close()
            return .cancelled
        } catch {
            logger.notice("not cancelled", metadata: ["error": "\(error)"])
            return error is InspectorError ? .refused : .unknown
        }
    }
}
