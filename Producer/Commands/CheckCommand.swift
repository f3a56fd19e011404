import ArgumentParser
import Foundation
import ScheduleModel
import TaskEvents

/// `schedcu check`: reads and validates a workbook in this process; needs no Redis, no Postgres and no worker.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Reads and validates a workbook here, and stores nothing.",
        discussion: """
            Exit status: 0 when all is well, 2 when rows are bad, 65 when the file cannot be used. Shift types are those of a \
            new hospital unless a vocabulary is given; import --dry-run checks against a hospital's own.
            """)

    @Argument(help: "A workbook, .ods or .fods, 10 MiB at most.")
    var file: String

    @Option(help: ArgumentHelp("Shift types in YAML; those of a new hospital unless given.", valueName: "file"))
    var vocabulary: String?

    @Option(help: ArgumentHelp("The hospital's IANA time zone; UTC unless given.", valueName: "zone"))
    var zone: ZoneArgument = ZoneArgument(zone: .utc)

    @OptionGroup var period: PeriodArguments
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let vocabulary = try vocabulary.map(VocabularyFile.read) ?? ShiftVocabulary(ShiftType.initial)
        let workbook = try WorkbookFile(path: file)
        let console = global.console
        let colour = Colour(isOn: console.usesColour)
        let context = HospitalContext(
            id: Identifier(DeterministicID.uuid("check")), code: "CHECK", zone: zone.zone, vocabulary: vocabulary)
        let check = try WorkbookCheck(
            workbook.content, context: context, range: period.range, today: zone.zone.date(at: Date())
        ) { message in
            if !console.isJSON { console.say(MessageLine.text(message.json, colour: colour)) }
        }
        if console.isJSON {
            console.data(check.document(file: workbook.name).jsonText)
        } else {
            for line in check.summary(file: workbook.name, colour: colour) { console.say(line) }
        }
        if let failure = check.failure {
            throw CommandFailure(.unusableFile, failure.code.rawValue, failure.message)
        }
        if check.status != .done { throw check.status.exitCode }
    }
}

/// A time zone as an argument.
struct ZoneArgument: ExpressibleByArgument {
    let zone: ScheduleZone

    /// Takes a zone.
    init(zone: ScheduleZone) {
        self.zone = zone
    }

    init?(argument: String) {
        guard let zone = ScheduleZone(argument) else { return nil }
        self.zone = zone
    }

    var defaultValueDescription: String { zone.identifier }
}
