import ArgumentParser
import ScheduleTasks

/// `schedcu scrape`: enqueues `amion:scrape`.
struct ScrapeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scrape", abstract: "Enqueues a scrape of who holds which role.",
        discussion: "Without --months and without --from and --to all months of the version are scraped.")

    @Option(help: ArgumentHelp("The hospital's code.", valueName: "code"))
    var hospital: HospitalArgument

    @OptionGroup var months: MonthsArgument
    @OptionGroup var period: PeriodArguments

    @Option(help: ArgumentHelp("The version to fill; the hospital's newest STAGING one unless given.", valueName: "id"))
    var version: VersionArgument?

    @OptionGroup var scope: RateScopeArgument
    @OptionGroup var enqueueing: EnqueueArguments
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if months.months != nil, period.from != nil {
            throw ValidationError("give --months or --from and --to, not both")
        }
    }

    func run() async throws {
        var payload = SchedulePayload()
        period.fill(&payload)
        payload.monthsBack = months.months
        payload.versionID = version?.id
        payload.rateScope = scope.rateScope
        try await Enqueuer(global: global, arguments: enqueueing, type: .amionScrape, hospital: hospital).run(payload)
    }
}
