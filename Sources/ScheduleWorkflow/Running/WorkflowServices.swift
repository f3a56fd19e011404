import Amion
package import Foundation
package import HTTP
package import Logging
package import Redis
package import ScheduleStore
package import TaskEvents
package import TaskQueue

/// What the phases work with: made once a worker, shared by all its tasks.
package struct WorkflowServices: Sendable {
    /// Postgres.
    package let store: ScheduleStore
    /// Redis, for workbooks.
    package let redis: RedisClient
    /// Enqueues the step of a chain that follows a failed scrape.
    package let tasks: TaskClient
    /// The story that is told while tasks run.
    package let events: TaskEventPublisher
    /// Hosts that Amion pages may be fetched from.
    package let amionHosts: [AllowedHost]
    /// How long after a fetch of an Amion page nobody of the fleet fetches it again; zero only against a stand-in.
    package let amionFloor: Duration
    /// Where the access codes are that hospitals' settings name.
    package let credentials: CredentialStore
    /// Hosts that workbooks may be fetched from; empty refuses all.
    package let importHosts: [AllowedHost]
    /// The folder of `source.kind` `file`; `nil` refuses all.
    package let importDirectory: String?
    /// Where the worker logs to.
    package let logger: Logger
    /// The wall clock.
    package let now: @Sendable () -> Date

    /// Gathers services.
    package init(
        store: ScheduleStore, redis: RedisClient, tasks: TaskClient, events: TaskEventPublisher,
        amionHosts: [AllowedHost], amionFloor: Duration = FleetPermits.pageFloor,
        credentials: CredentialStore = CredentialStore(path: nil, environment: [:]),
        importHosts: [AllowedHost] = [], importDirectory: String? = nil, logger: Logger,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.store = store
        self.redis = redis
        self.tasks = tasks
        self.events = events
        self.amionHosts = amionHosts
        self.amionFloor = amionFloor
        self.credentials = credentials
        self.importHosts = importHosts
        self.importDirectory = importDirectory
        self.logger = logger
        self.now = now
    }
}
