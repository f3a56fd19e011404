import ArgumentParser
import ScheduleStore
import TaskEvents

/// `schedcu hospitals settings`: one hospital's settings.
struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "Lists and sets a hospital's settings.",
        subcommands: [SettingsListCommand.self, SettingsSetCommand.self])
}

/// `schedcu hospitals settings list`.
struct SettingsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists what is set; all else has its default.")

    @Argument(help: "The hospital's code.")
    var code: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let settings = try await global.withStore { store in
            _ = try await global.actor(in: store, holding: SetUpRole.read)
            return try await store.hospitalSettings(code: code)
        }
        let console = global.console
        if console.isJSON {
            let members = settings.map { ($0.path, (try? JSONValue(parsing: $0.json)) ?? .string($0.json)) }
            console.data(JSONValue.object(Dictionary(members) { _, last in last }).jsonText)
        } else if settings.isEmpty {
            console.say("nothing is set")
        } else {
            var table = Table("SETTING", "VALUE")
            for setting in settings { table.add(setting.path, setting.json) }
            for line in table.lines { console.data(line) }
        }
    }
}

/// `schedcu hospitals settings set`.
struct SettingsSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Sets one setting; workers see it within a minute.", discussion: SetUpRole.help)

    @Argument(help: "The hospital's code.")
    var code: String

    @Argument(help: "The setting, such as amion.base_url.")
    var path: String

    @Argument(help: "JSON, or a plain text; null takes it back to its default.")
    var value: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try await global.withStore { store in
            try await store.setHospitalSetting(
                code: code, path: path, value: value,
                actor: try await global.actor(in: store, holding: SetUpRole.write))
        }
        global.console.say("\(SafeText.line(code)): \(SafeText.line(path)) is set")
    }
}
