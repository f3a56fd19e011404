import ArgumentParser
import ScheduleTasks

/// `schedcu sync`: enqueues `schedule:sync`.
struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync", abstract: "Enqueues the whole workflow: import, scrape and coverage in one task.",
        discussion: "A retry resumes at the first phase that is not done.")

    @Argument(help: "A workbook, .ods or .fods, 10 MiB at most.")
    var file: String

    @Option(help: ArgumentHelp("The hospital's code.", valueName: "code"))
    var hospital: HospitalArgument

    @OptionGroup var period: PeriodArguments
    @OptionGroup var reading: ImportArguments

    @OptionGroup var months: MonthsArgument
    @OptionGroup var scope: RateScopeArgument
    @OptionGroup var threshold: ThresholdArgument
    @OptionGroup var enqueueing: EnqueueArguments
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        var payload = SchedulePayload()
        period.fill(&payload)
        reading.fill(&payload)
        payload.monthsBack = months.months
        payload.rateScope = scope.rateScope
        payload.threshold = threshold.threshold
        let workbook = try WorkbookFile(path: file)
        try await Enqueuer(global: global, arguments: enqueueing, type: .scheduleSync, hospital: hospital)
            .run(payload, file: workbook)
    }
}

/// How many months are scraped.
struct MonthsArgument: ParsableArguments {
    @Option(
        help: ArgumentHelp("How many months to scrape, 1 to 24; all of the version's unless given.", valueName: "n"))
    var months: Int?

    /// Refuses a number outside of 1 to 24.
    func validate() throws {
        if let months, !(1...24).contains(months) { throw ValidationError("--months is from 1 to 24") }
    }
}

/// How requests are spaced.
struct RateScopeArgument: ParsableArguments {
    @Option(help: "Space requests in each lane or over all: perLane or global; the hospital's unless given.")
    var rateScope: RateScope?
}

/// From which percentage coverage is acceptable.
struct ThresholdArgument: ParsableArguments {
    @Option(help: ArgumentHelp("Coverage below this is exit status 2, 0 to 100.", valueName: "percent"))
    var threshold: Double?

    /// Refuses a percentage outside of 0 to 100.
    func validate() throws {
        if let threshold, !(0...100).contains(threshold) { throw ValidationError("--threshold is from 0 to 100") }
    }
}
