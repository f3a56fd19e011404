import Foundation
import Redis
import TaskQueue

/// How a worker of the fault test is started; what its command line holds.
package struct WorkerSettings: Sendable, Equatable {
    /// Where Redis is, as a URL.
    package var redis: String
    /// The queue to serve.
    package var queue: String
    /// How long a worker that fell silent counts as alive.
    package var liveness: Duration
    /// The planted fault.
    package var sabotage = Sabotage.none
    /// How much faster than real time the worker's clock runs; 1 is real time.
    ///
    /// A lease of 30 s and its grace then end in a test's time. Redis and timers go on in real time.
    package var clockRate = 1
    /// How many tasks run at once.
    package var concurrency = 4
    /// Whether it joins the tasks of groups.
    package var joinsGroups = false
    /// What its scheduler enqueues.
    package var periodic = PeriodicPlans()

    /// Describes a worker.
    package init(
        redis: String, queue: String, liveness: Duration, sabotage: Sabotage = .none, clockRate: Int = 1
    ) {
        self.redis = redis
        self.queue = queue
        self.liveness = liveness
        self.sabotage = sabotage
        self.clockRate = clockRate
    }

    /// Reads ``arguments``; `nil` when they are not complete.
    package init?(_ arguments: [String]) {
        guard arguments.count == 8, let milliseconds = Int(arguments[2]),
            let sabotage = Sabotage(rawValue: arguments[3]),
            let rate = Int(arguments[4]), rate > 0,
            let concurrency = Int(arguments[5]), let joinsGroups = Bool(arguments[6]),
            let periodic = PeriodicPlans(arguments[7])
        else { return nil }
        self.init(
            redis: arguments[0], queue: arguments[1], liveness: .milliseconds(milliseconds), sabotage: sabotage,
            clockRate: rate)
        self.concurrency = concurrency
        self.joinsGroups = joinsGroups
        self.periodic = periodic
    }

    /// The command line's words after the program's name.
    package var arguments: [String] {
        [
            redis, queue, "\(Int(liveness / .milliseconds(1)))", sabotage.rawValue, "\(clockRate)", "\(concurrency)",
            "\(joinsGroups)", periodic.description,
        ]
    }

    /// How the server works: fast, so that a sequence takes seconds.
    var configuration: TaskServerConfiguration {
        var configuration = TaskServerConfiguration(
            concurrency: concurrency, queues: [queue: 1], shutdownTimeout: .milliseconds(1500))
        configuration.abandonTimeout = .milliseconds(300)
        configuration.retryPolicy = RetryPolicy { _, _, _ in .milliseconds(1) }
        configuration.pollInterval = .milliseconds(300)
        configuration.forwarderInterval = .milliseconds(500)
        configuration.recovererInterval = .milliseconds(500)
        configuration.janitorInterval = .milliseconds(500)
        // Often enough for a clock that runs twenty times as fast: a lease lives for 1.5 s then.
        configuration.heartbeatInterval = .milliseconds(300)
        configuration.livenessDuration = liveness
        configuration.groupAggregation = groupAggregation
        return configuration
    }

    /// What the time is, from now on at ``clockRate``.
    func clock() -> @Sendable () -> Date {
        let start = Date()
        let rate = Double(clockRate)
        return { start.addingTimeInterval(Date().timeIntervalSince(start) * rate) }
    }
}
