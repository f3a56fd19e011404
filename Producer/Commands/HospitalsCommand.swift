import ArgumentParser
import ScheduleModel
import ScheduleStore
import TaskEvents

/// `schedcu hospitals`: set-up data of hospitals.
struct HospitalsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hospitals", abstract: "Adds, changes and lists hospitals, and keeps their settings.",
        discussion: SetUpRole.help,
        subcommands: [
            HospitalsAddCommand.self, HospitalsSetCommand.self, HospitalsListCommand.self, SettingsCommand.self,
            ShiftTypesCommand.self, HolidaysCommand.self,
        ])
}

/// Who may change and who may read set-up data (domain 12.6).
enum SetUpRole {
    static let help = """
        Changes need the role ADMIN when --as or SCHEDCU_USER names a user. Nobody named is the installation's owner, who acts \
        as the system user: a fresh installation has no users yet, and whoever can open its Postgres owns it.
        """
    /// Roles that may change.
    static let write: Set<UserRole> = [.admin]
    /// Roles that may read.
    static let read: Set<UserRole> = [.admin, .scheduler, .viewer]
}

/// `schedcu hospitals add`.
struct HospitalsAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Adds a hospital with the initial shift types.", discussion: SetUpRole.help)

    @Argument(help: "The code: 1 to 32 of A-Z, 0-9, _ and -; it names the hospital's queue.")
    var code: String

    @Option(help: "The name, for people.")
    var name: String

    @Option(help: "The IANA time zone, such as America/New_York.")
    var timezone: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let id = try await global.withStore { store in
            try await store.addHospital(
                code: code, name: name, timezone: timezone,
                actor: try await global.actor(in: store, holding: SetUpRole.write))
        }
        if global.json {
            let object: JSONValue = ["id": .string(id.description), "code": .string(code)]
            global.console.data(object.jsonText)
        }
        global.console.say("hospital \(SafeText.line(code)) added, id \(id)")
    }
}

/// `schedcu hospitals set`.
struct HospitalsSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Changes a hospital's name, its time zone, or both.",
        discussion: """
            Workers see it within a minute. A new time zone holds for what is imported and scraped from then on; what is stored \
            stays as it is. \(SetUpRole.help)
            """)

    @Argument(help: "The hospital's code, which cannot be changed.")
    var code: String

    @Option(help: "The new name, for people.")
    var name: String?

    @Option(help: "The new IANA time zone, such as America/New_York.")
    var timezone: String?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if name == nil, timezone == nil { throw ValidationError("give --name, --timezone or both") }
    }

    func run() async throws {
        let hospital = try await global.withStore { store in
            try await store.updateHospital(
                code: code, name: name, timezone: timezone,
                actor: try await global.actor(in: store, holding: SetUpRole.write))
        }
        if global.json { global.console.data(hospital.document.jsonText) }
        global.console.say(
            "hospital \(SafeText.line(hospital.code)): \(SafeText.line(hospital.name)), \(SafeText.line(hospital.timezone))"
        )
    }
}

/// `schedcu hospitals list`.
struct HospitalsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists hospitals.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let hospitals = try await global.withStore { store in
            _ = try await global.actor(in: store, holding: SetUpRole.read)
            return try await store.hospitals()
        }
        let console = global.console
        if console.isJSON {
            console.data(JSONValue.array(hospitals.map(\.document)).jsonText)
        } else if hospitals.isEmpty {
            console.say("no hospitals. add one with schedcu hospitals add")
        } else {
            var table = Table("CODE", "NAME", "TIME ZONE", "ID")
            for hospital in hospitals {
                table.add(hospital.code, hospital.name, hospital.timezone, hospital.id.description)
            }
            for line in table.lines { console.data(line) }
        }
    }
}

extension HospitalSummary {
    /// The hospital for `--json`.
    fileprivate var document: JSONValue {
        [
            "id": .string(id.description), "code": .string(code), "name": .string(name), "timezone": .string(timezone),
        ]
    }
}
