import Amion
import Foundation
import HTTP
import Postgres
import ScheduleTasks
import TaskQueue

/// The settings of `run`, from flags, then the environment, then defaults, checked.
struct RunSettings {
    let server: TaskServerConfiguration
    let pools: [PostgresPools.PoolName: Int]
    let amionHosts: [AllowedHost]
    /// Amion's own five minutes, unless somebody says otherwise.
    let amionFloor: Duration
    let credentials: CredentialStore
    let importHosts: [AllowedHost]
    let importDirectory: String?

    init(_ command: RunCommand) throws {
        var server = TaskServerConfiguration()
        server.concurrency = try Self.number(command.concurrency, "concurrency", variable: "CONCURRENCY") ?? 10
        let queues = command.queues ?? Setting.environment("QUEUES") ?? "\(ScheduleQueue.hospitalPrefix)*=1,default=1"
        server.queues = try Self.selection(queues)
        server.strictPriority = command.strictPriority || Setting.environment("STRICT_PRIORITY") == "true"
        server.shutdownTimeout = try Self.duration(
            command.shutdownTimeout ?? Setting.environment("SHUTDOWN_TIMEOUT") ?? "8s")
        server.retryPolicy = Self.retryPolicy
        // Imports and scrapes of one hospital must not meet; each worker takes one of its tasks at a time.
        server.perQueueConcurrency = { $0.hasPrefix(ScheduleQueue.hospitalPrefix) ? 1 : nil }
        self.server = server
        pools = try Self.pools(command.pool ?? Setting.environment("POOL"))
        amionHosts = try Self.hosts(command.amionHosts ?? Setting.environment("AMION_HOSTS") ?? "www.amion.com")
        amionFloor =
            try (command.amionFloor ?? Setting.environment("AMION_FLOOR")).map {
                try Self.duration($0, flag: "--amion-floor")
            } ?? FleetPermits.pageFloor
        guard amionFloor >= FleetPermits.pageFloor || amionHosts.allSatisfy(\.allowPrivate) else {
            throw CommandFailure(
                .usage, "--amion-floor", "less than 5m is for stand-ins, and a host of --amion-hosts is none",
                "Leave it out, or mark the stand-in with +private")
        }
        credentials = CredentialStore(
            path: command.secrets ?? Setting.environment("SECRETS"), environment: ProcessInfo.processInfo.environment)
        importHosts = try Self.hosts(command.importHosts ?? Setting.environment("IMPORT_HOSTS") ?? "")
        importDirectory = command.importDirectory ?? Setting.environment("IMPORT_DIR")
    }

    /// The application's delays ± 20 %; other types retry as asynq does.
    private static let retryPolicy = RetryPolicy { retried, task, error in
        guard ScheduleTaskType(rawValue: task.type) != nil else {
            return RetryPolicy.asynq.delay(retried: retried, task: task, error: error)
        }
        return ScheduleTaskType.retryDelay(retried: retried) * Double.random(in: 0.8...1.2)
    }

    /// Reads `name=weight,prefix*=weight`; a name without a weight has 1.
    static func selection(_ text: String) throws -> QueueSelection {
        var selection = QueueSelection(weights: [:])
        for entry in list(text) {
            let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
            guard let name = parts.first, let weight = parts.count == 2 ? Int(parts[1]) : 1, weight > 0 else {
                throw CommandFailure(
                    .usage, "--queues", "'\(entry)' is not name=weight with a weight of 1 or more", "see --help")
            }
            if name.hasSuffix("*") {
                selection.prefixes[String(name.dropLast())] = weight
            } else {
                selection.weights[name] = weight
            }
        }
        return selection
    }

    /// Reads `class=connections,…`; classes left out keep their default.
    static func pools(_ text: String?) throws -> [PostgresPools.PoolName: Int] {
        var pools = PostgresPools.defaultSizes
        for entry in list(text ?? "") {
            let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let name = PostgresPools.PoolName(rawValue: parts[0]), let size = Int(parts[1]),
                size > 0
            else {
                throw CommandFailure(
                    .usage, "--pool",
                    "'\(entry)' is not a class (ods, amion, coverage, interactive) and its connections",
                    "see --help")
            }
            pools[name] = size
        }
        guard pools.values.reduce(0, +) <= PostgresPools.largestTotal else {
            throw CommandFailure(
                .usage, "--pool", "more than \(PostgresPools.largestTotal) connections in all", "ask for fewer")
        }
        return pools
    }

    /// Reads hosts; `+private` and `+http` after one mark a stand-in.
    static func hosts(_ text: String) throws -> [AllowedHost] {
        try list(text).map { entry in
            let parts = entry.split(separator: "+").map(String.init)
            let marks = Set(parts.dropFirst())
            guard let host = parts.first, marks.isSubset(of: ["private", "http"]) else {
                throw CommandFailure(
                    .usage, "hosts", "'\(entry)' is not host, host:port, +private or +http", "see --help")
            }
            do {
                return try AllowedHost(
                    parsing: host, allowPrivate: marks.contains("private"), allowHTTP: marks.contains("http"))
            } catch {
                throw CommandFailure(.usage, "hosts", "'\(host)' is not host or host:port", "see --help")
            }
        }
    }

    /// Reads `8s`, `500ms`, `2m` and a bare number of seconds.
    static func duration(_ text: String, flag: String = "--shutdown-timeout") throws -> Duration {
        let units: [(suffix: String, unit: Duration)] = [
            ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3600)), ("", .seconds(1)),
        ]
        for (suffix, unit) in units where text.hasSuffix(suffix) {
            if let number = Double(text.dropLast(suffix.count)), number >= 0, number < 1_000_000 {
                return unit * number
            }
        }
        throw CommandFailure(.usage, flag, "'\(text)' is no time span such as 8s", "see --help")
    }

    private static func number(_ given: Int?, _ flag: String, variable: String) throws -> Int? {
        let number =
            try given
            ?? Setting.environment(variable).map { text in
                guard let number = Int(text) else {
                    throw CommandFailure(.usage, "SCHEDCU_\(variable)", "'\(text)' is no number", "see --help")
                }
                return number
            }
        guard number ?? 1 > 0 else { throw CommandFailure(.usage, "--\(flag)", "it must be 1 or more", "see --help") }
        return number
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}
