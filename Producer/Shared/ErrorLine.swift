import ArgumentParser
import Foundation
import PeopleRegistry
import Redis
import ScheduleModel
import ScheduleStore
import ScheduleTasks
import TaskQueue

/// A failure that a command found by itself, with its exit status.
struct CommandFailure: Error, Equatable {
    let status: ExitStatus
    /// What it is about, such as `import` or a file's name.
    let what: String
    /// Why, and after a full stop what to do.
    let why: String

    /// Names a failure.
    init(_ status: ExitStatus, _ what: String, _ why: String) {
        self.status = status
        self.what = what
        self.why = why
    }
}

/// One line on standard error, `schedcu: error: what: why. what to do`, and the exit status that goes with it.
struct ErrorLine {
    let status: ExitStatus
    /// The line without its end; `nil` when everything has been said already.
    let text: String?

    /// Files any error.
    ///
    /// - Parameters:
    ///   - error: What a command threw.
    ///   - usage: ArgumentParser's words for it, used where the error is its own.
    init(_ error: any Error, usage: String) {
        if let code = error as? ExitCode {
            status = ExitStatus(rawValue: code.rawValue) ?? .failed
            text = nil
        } else {
            let failure = Self.failure(of: error, usage: usage)
            status = failure.status
            text = "schedcu: error: \(Self.oneLine(failure.what)): \(Self.oneLine(failure.why))"
        }
    }

    private static func failure(of error: any Error, usage: String) -> CommandFailure {
        switch error {
        case let failure as CommandFailure:
            return failure
        case let error as RedisError:
            return failure(of: error)
        case let error as StoreError:
            return failure(of: error)
        case let error as EnqueueError:
            return CommandFailure(.failed, "enqueue", reason(of: error))
        case let error as InspectorError:
            return CommandFailure(
                .failed, "refused", "\(error.message). see schedcu tasks list and schedcu queues list")
        case let error as PayloadError:
            return CommandFailure(.usage, "options", "\(error.description). correct the option")
        case let error as PeopleRegistryError:
            return CommandFailure(.unusableFile, "people", error.debugDescription)
        case is CancellationError:
            return CommandFailure(.interrupted, "interrupted", "stopped before it was done")
        default:
            // What is left is ArgumentParser's, which gives its own errors EX_USAGE, or nobody's.
            guard SchedcuCommand.exitCode(for: error).rawValue == ExitStatus.usage.rawValue else {
                return CommandFailure(.bug, "internal", "\(type(of: error)). please report it")
            }
            return CommandFailure(.usage, "usage", "\(usage). see schedcu --help")
        }
    }

    private static func failure(of error: RedisError) -> CommandFailure {
        switch error.code {
        case .invalidConfiguration:
            CommandFailure(.usage, "redis", "\(error.message). correct --redis or SCHEDCU_REDIS_URL")
        case .commandRejected where !error.isRetriable, .unexpectedReply:
            CommandFailure(
                .failed, "redis", "\(error.description). check the Redis version and the account's rights")
        case .cancelled:
            CommandFailure(.interrupted, "interrupted", "stopped before it was done")
        default:
            CommandFailure(
                .unavailable, "redis",
                "\(sentence(error.message)). check that it runs and answers at --redis or SCHEDCU_REDIS_URL")
        }
    }

    private static func failure(of error: StoreError) -> CommandFailure {
        guard error.code.rawValue == "DATABASE_ERROR" else {
            return CommandFailure(.failed, error.code.rawValue, error.message)
        }
        guard error.isRetriable else {
            return CommandFailure(
                .failed, "postgres", "\(error.message). run schedcu-worker migrate if tables are missing")
        }
        return CommandFailure(
            .unavailable, "postgres",
            "\(sentence(error.message)). check that it runs and answers at --postgres or SCHEDCU_POSTGRES_URL")
    }

    /// Words of a library without the full stop or question mark at their end.
    private static func sentence(_ text: String) -> String {
        String(text.reversed().drop { ".?! \n".contains($0) }.reversed())
    }

    private static func reason(of error: EnqueueError) -> String {
        switch error.code {
        case .taskIDConflict:
            "a task with this id exists. give another --task-id, or look at it with schedcu tasks show"
        case .duplicateTask: "the same task waits or runs already. watch that one, or leave --unique out"
        default: "\(error.message). correct the option"
        }
    }

    /// Text on one line, its control characters made spaces.
    static func oneLine(_ text: String) -> String {
        text.split {
            $0.isNewline || $0.isWhitespace || $0.unicodeScalars.allSatisfy { $0.value < 32 || $0.value == 127 }
        }
        .joined(separator: " ")
    }
}
