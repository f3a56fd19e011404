import ArgumentParser
import ScheduleTasks

/// `schedcu import`: enqueues `ods:import`.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Enqueues the import of a workbook into a new version.")

    @Argument(help: "A workbook, .ods or .fods, 10 MiB at most.")
    var file: String

    @Option(help: ArgumentHelp("The hospital's code.", valueName: "code"))
    var hospital: HospitalArgument

    @OptionGroup var period: PeriodArguments
    @OptionGroup var reading: ImportArguments

    @Option(
        help: ArgumentHelp(
            "The tasks that follow on the same version: scrape, coverage or scrape,coverage.", valueName: "steps"))
    var then: ChainArgument?

    @OptionGroup var enqueueing: EnqueueArguments
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        var payload = SchedulePayload()
        period.fill(&payload)
        reading.fill(&payload)
        let workbook = try WorkbookFile(path: file)
        try await Enqueuer(global: global, arguments: enqueueing, type: .odsImport, hospital: hospital)
            .run(payload, file: workbook, then: then?.steps ?? [])
    }
}

/// The tasks that follow an import, in order.
struct ChainArgument: ExpressibleByArgument {
    let steps: [ScheduleTaskType]

    init?(argument: String) {
        switch argument {
        case "scrape": steps = [.amionScrape]
        case "coverage": steps = [.coverageCalculate]
        case "scrape,coverage": steps = [.amionScrape, .coverageCalculate]
        default: return nil
        }
    }
}
