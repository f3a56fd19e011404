// example: mail-program
import Foundation
import Logging
import Redis
import TaskQueue

/// What both sides agree on.
struct Welcome: TaskPayload {
    static let taskType = "mail:welcome"
    var address: String
}

/// `mail work` is a worker; `mail ADDRESS` asks for a mail.
@main struct Mail {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        let redis = try RedisConfiguration(url: environment["REDIS_URL"] ?? "redis://127.0.0.1:6379/0")
        let logger = Logger(label: "mail")
        switch CommandLine.arguments.dropFirst().first {
        case "work": try await runUntilSignalled(worker(redis, logger))
        case let address?: try await request(address, redis, logger)
        case nil: print("usage: mail work | mail ADDRESS")
        }
    }

    static func request(_ address: String, _ redis: RedisConfiguration, _ logger: Logger) async throws {
        let client = TaskClient(redis: redis, logger: logger)
        let options = EnqueueOptions(queue: "mail", maxRetry: 3, retention: .seconds(3600))
        let info = try await client.enqueue(Welcome(address: address), options)
        print("task \(info.id) is \(info.state)")
        await client.close()
    }

    static func worker(_ redis: RedisConfiguration, _ logger: Logger) -> TaskServer {
        let configuration = TaskServerConfiguration(concurrency: 4, queues: ["mail": 1])
        return TaskServer(redis: redis, configuration: configuration, logger: logger)
    }

    static func handlers() -> ServeMux {
        let mux = ServeMux()
        mux.handle(Welcome.self) { welcome, context in
            print("a mail to \(welcome.address), try \(context.retried + 1)")  // yours: send it
        }
        return mux
    }

    /// The first TERM or INT lets what runs end.
    static func runUntilSignalled(_ server: TaskServer) async throws {
        let sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { Task { await server.shutdown() } }
            source.resume()
            return source
        }
        try await server.run(handlers())
        for source in sources { source.cancel() }
    }
}
// end
