import ArgumentParser
import ScheduleTasks

/// `schedcu coverage`: enqueues `coverage:calculate`.
struct CoverageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coverage", abstract: "Enqueues the coverage calculation of a version.")

    @Option(
        help: ArgumentHelp(
            "The version; the hospital's newest STAGING one, else the one in force, unless given.", valueName: "id"))
    var version: VersionArgument?

    @Option(help: ArgumentHelp("The hospital's code.", valueName: "code"))
    var hospital: HospitalArgument?

    @OptionGroup var period: PeriodArguments
    @OptionGroup var threshold: ThresholdArgument
    @OptionGroup var enqueueing: EnqueueArguments
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if version == nil, hospital == nil { throw ValidationError("give --version or --hospital") }
    }

    func run() async throws {
        var payload = SchedulePayload()
        period.fill(&payload)
        payload.versionID = version?.id
        payload.threshold = threshold.threshold
        try await Enqueuer(global: global, arguments: enqueueing, type: .coverageCalculate, hospital: hospital)
            .run(payload)
    }
}
