import Logging
import Redis
import TaskQueue

// example: own-errors
/// The mail server wants a pause.
struct RateLimited: Error {
    var pause: Duration
}

/// What was being done when something else failed.
struct MailError: WrappingError, CustomStringConvertible {
    var underlying: any Error
    var description: String { "the mail was not sent: \(underlying)" }
}
// end

/// The examples of the article on errors.
enum ErrorExamples {
    static func handler(
        mux: ServeMux, isWanted: @escaping @Sendable (String) async throws -> Bool,
        send: @escaping @Sendable (String) async throws -> Void
    ) {
        // example: throwing-handler
        mux.handle("mail:welcome") { task, context in
            guard let address = String(validating: task.payload ?? [], as: UTF8.self) else {
                throw SkipRetry("the address is not UTF-8")  // archived: no retry can help
            }
            guard try await isWanted(address) else {
                throw RevokeTask()  // deleted: nobody wants it any more
            }
            do { try await send(address) } catch let error as RateLimited {
                throw ReleaseTask(after: error.pause)  // later, and no retry is spent
            } catch {
                throw MailError(underlying: error)  // a failure: tried again, then archived
            }
        }
        // end
    }

    static func policy(_ configuration: inout TaskServerConfiguration) {
        // example: retry-policy
        configuration.retryPolicy = .byType([
            "mail:": RetryPolicy { retried, _, _ in .seconds(30 * (retried + 1)) },
            "report:": RetryPolicy { _, _, error in error is RedisError ? .seconds(5) : .seconds(600) },
        ])
        // end
    }

    static func delays() -> EnqueueOptions {
        // example: retry-delays
        let options = EnqueueOptions(maxRetry: 10, retryDelays: .doubling(from: .seconds(5), upTo: .seconds(600)))
        // end
        return options
    }

    static func notAFailure(_ configuration: inout TaskServerConfiguration) {
        // example: not-a-failure
        configuration.isFailure = { ErrorChain($0).first(RateLimited.self) == nil }
        // end
    }

    static func hooks(
        _ configuration: inout TaskServerConfiguration, logger: Logger,
        tellOperator: @escaping @Sendable (String) async -> Void
    ) {
        // example: hooks
        configuration.errorHandler = { task, context, error in
            logger.warning("a try failed", metadata: ["task": "\(context.taskID)", "error": "\(error)"])
        }
        configuration.onOutcome = { context, outcome in
            guard case .retrying(_, let date, let left) = outcome else { return }
            logger.info("it comes again", metadata: ["task": "\(context.taskID)", "at": "\(date)", "left": "\(left)"])
        }
        configuration.onArchive = { archived in
            await tellOperator("\(archived.type) \(archived.id) was archived: \(archived.reason)")
        }
        // end
    }

    static func archive(inspector: TaskInspector) async throws {
        // example: archive
        for task in try await inspector.tasks(in: "mail", state: .archived) {
            print("\(task.type) \(task.id): \(task.lastError ?? "archived by hand")")
        }
        let count = try await inspector.runAllTasks(in: "mail", state: .archived)
        print("\(count) tasks run again")
        // end
    }

    static func enqueueOnce(client: TaskClient, order: QueueTask) async throws {
        // example: enqueue-errors
        do {
            try await client.enqueue(order, EnqueueOptions(taskID: "order-4711"))
        } catch let error as EnqueueError where error.code == .taskIDConflict {
            print("it was enqueued before")
        } catch let error as RedisError where error.isRetriable {
            print("whether it was stored is not known; with its id it may be enqueued again: \(error)")
        }
        // end
    }

    static func batch(client: TaskClient, tasks: [QueueTask]) async throws {
        // example: enqueue-batch
        let batch = tasks.map { (task: $0, options: EnqueueOptions(queue: "mail")) }
        for case .failure(let error) in try await client.enqueue(batch: batch) {
            print("refused: \(error)")
        }
        // end
    }
}
