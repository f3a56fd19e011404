import ArgumentParser

/// How the stand-in behaves and misbehaves.
struct StandinOptions: ParsableArguments {
    @Option(help: "What the invented schedule and the random failures are made from.")
    var seed: UInt64 = 1

    @Option(help: "Milliseconds before each answer.")
    var latency = 150

    @Option(help: "Probability, 0 to 1, of status 503 in place of an answer.")
    var failRate = 0.0

    @Option(help: "Probability, 0 to 1, of status 429 with Retry-After in place of an answer.")
    var tooManyRate = 0.0

    @Option(help: "Seconds that Retry-After names.")
    var retryAfter = 1

    @Flag(help: "Answer every data request with a login page and status 200.")
    var loginPage = false

    @Flag(help: "Send bodies in small pieces with pauses, about two seconds each.")
    var slowBody = false

    @Option(help: "Encoding of the answers.")
    var encoding = PageEncoding.utf8

    @Option(help: "The charset that answers name, in place of the true one; `none` names none.")
    var declaredCharset: String?

    @Option(help: "The charset that the page's own meta element names, in place of the declared one; `none` for none.")
    var metaCharset: String?

    @Option(
        help: """
            What goes wrong: KIND[=VALUE][@YYYY-MM][*COUNT], for every request of data, or for a month's only, or for the \
            first COUNT of them. May be given again; the first that applies counts. Of the page: \
            \(PageFault.allCases.map(\.rawValue).joined(separator: ", ")). Of the bytes: \
            \(WireFault.names.joined(separator: ", ")).
            """)
    var fault: [Fault] = []

    @Option(help: "How many requests in a row are answered with status 429 and Retry-After.")
    var storm = 0

    @Option(help: "How many requests come before the storm.")
    var stormAfter = 0

    @Option(
        help: "After how many requests the server dies: the next one ends it with exit code 1 and without an answer.")
    var exitAfter: Int?

    @Option(help: "Marks of a version that pages carry and conditional requests are answered by.")
    var validators = ValidatorChoice.both

    @Option(help: "File for a line of JSON a request: number, at_ms since the start, target, status, conditional.")
    var log: String?

    @Option(
        parsing: .upToNextOption,
        help: "Months (YYYY-MM) that do not exist: status 404 for pages, NOFI for reports.")
    var monthsMissing: [String] = []

    func validate() throws {
        guard (0...60_000).contains(latency) else { throw ValidationError("--latency must be 0 to 60000") }
        guard (0...1).contains(failRate), (0...1).contains(tooManyRate), failRate + tooManyRate <= 1 else {
            throw ValidationError("--fail-rate and --too-many-rate must be 0 to 1, and so must their sum")
        }
        guard (0...3600).contains(retryAfter) else { throw ValidationError("--retry-after must be 0 to 3600") }
        guard storm >= 0, stormAfter >= 0, exitAfter ?? 0 >= 0 else {
            throw ValidationError("--storm, --storm-after and --exit-after must not be negative")
        }
        for month in monthsMissing where CivilMonth(path: month[...]) == nil {
            throw ValidationError("--months-missing takes months such as 2026-03, not \(month)")
        }
    }
}
