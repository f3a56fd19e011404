import ArgumentParser
import ScheduleModel
import ScheduleStore
import TaskEvents

/// `schedcu hospitals holidays`: dates that count as weekend in one hospital.
struct HolidaysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holidays", abstract: "Lists and sets a hospital's holidays, which count as weekend.",
        subcommands: [HolidaysListCommand.self, HolidaysSetCommand.self])
}

/// `schedcu hospitals holidays list`.
struct HolidaysListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the holidays.")

    @Argument(help: "The hospital's code.")
    var code: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let holidays = try await global.withStore { store in
            _ = try await global.actor(in: store, holding: SetUpRole.read)
            return try await store.holidays(code: code)
        }
        let console = global.console
        if console.isJSON {
            let objects = holidays.map { holiday -> JSONValue in
                ["date": .string(holiday.day.description), "name": .string(holiday.name)]
            }
            console.data(JSONValue.array(objects).jsonText)
        } else if holidays.isEmpty {
            console.say("no holidays")
        } else {
            var table = Table("DATE", "NAME")
            for holiday in holidays { table.add(holiday.day.description, holiday.name) }
            for line in table.lines { console.data(line) }
        }
    }
}

/// `schedcu hospitals holidays set`.
struct HolidaysSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Adds or renames a holiday, or with --remove takes it away.",
        discussion: SetUpRole.help)

    @Argument(help: "The hospital's code.")
    var code: String

    @Argument(help: "The date, YYYY-MM-DD.")
    var date: DateArgument

    @Argument(help: "The holiday's name.")
    var name: String?

    @Flag(help: "Take the holiday away.")
    var remove = false

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (name == nil) == remove else { throw ValidationError("give the holiday's name or --remove") }
    }

    func run() async throws {
        try await global.withStore { store in
            let actor = try await global.actor(in: store, holding: SetUpRole.write)
            if let name {
                try await store.addHolidays([Holiday(day: date.date, name: name)], code: code, actor: actor)
            } else if try await store.removeHolidays([date.date], code: code, actor: actor) == 0 {
                throw CommandFailure(.failed, "\(date.date)", "it is no holiday. see schedcu hospitals holidays list")
            }
        }
        global.console.say("\(SafeText.line(code)): \(date.date) is \(remove ? "no holiday any more" : "a holiday")")
    }
}
