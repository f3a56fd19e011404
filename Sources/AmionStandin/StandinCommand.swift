import ArgumentParser
import Dispatch
import Foundation

/// `amion-standin`: a server that behaves as Amion for the demo, tests and benchmarks (interfaces.md section 2.4).
@main
struct StandinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "amion-standin",
        abstract: "Serves invented on-call schedules in the forms of Amion, on loopback only.",
        discussion: """
            GET /schedule/YYYY-MM is the HTML page of a month. GET /cgi-bin/ocs?Lo=CODE&Rpt=625c&Month=m-yy (with Day
            and Days, or Month=m&Year=yyyy) is the report; any code is taken. The base URL is the first line printed.
            SIGTERM and SIGINT end it with exit code 0.

            GET /standin/requests is the log of the requests so far, GET /standin/storm?count=N has the next N requests
            answered with status 429. Neither is counted.
            """)

    @Option(help: "Loopback address and port to listen on; port 0 is any free one.")
    var listen = LoopbackAddress.anyPort

    @OptionGroup var behaviour: StandinOptions

    func run() async throws {
        let server = try StandinServer(options: behaviour, address: listen)
        let signals = TerminationSignals()
        defer { signals.cancel() }
        let arrivals = signals.arrivals
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await server.run { base in
                    FileHandle.standardOutput.write(Data("amion-standin: listening on \(base)\n".utf8))
                }
            }
            group.addTask {
                for await _ in arrivals { break }
            }
            do {
                _ = try await group.next()
            } catch {
                group.cancelAll()
                throw ListenError(description: "cannot listen on \(listen.defaultValueDescription): \(error)")
            }
            group.cancelAll()
            // What the server throws because it was stopped is no failure.
            while let result = await group.nextResult() { _ = result }
        }
    }
}

/// Why the server did not start, in words.
private struct ListenError: Error, CustomStringConvertible {
    let description: String
}
