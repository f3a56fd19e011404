import ArgumentParser
import Foundation
import PeopleRegistry
import ScheduleStore
import TaskEvents

/// `schedcu people`: the people who can be assigned.
struct PeopleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "people", abstract: "Keeps the people who can be assigned.",
        subcommands: [PeopleSyncCommand.self])
}

/// `schedcu people sync`.
struct PeopleSyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync", abstract: "Makes the people of the database those of a registry file.",
        discussion: "Unlisted people become inactive; nobody is deleted. " + SetUpRole.help)

    @Argument(help: "The registry, YAML.")
    var file: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let url = URL(fileURLWithPath: file)
        guard let data = try? Data(contentsOf: url) else {
            throw CommandFailure(
                .missingFile, SafeText.line(url.lastPathComponent), "it is missing or cannot be read. check the path")
        }
        let people = try PeopleRegistry.read(Array(data))
        let summary = try await global.withStore { store in
            try await store.syncPeople(people, actor: try await global.actor(in: store, holding: SetUpRole.write))
        }
        if global.json {
            let object: JSONValue = [
                "listed": .integer(Int64(people.count)), "added": .integer(Int64(summary.added)),
                "updated": .integer(Int64(summary.updated)), "deactivated": .integer(Int64(summary.deactivated)),
            ]
            global.console.data(object.jsonText)
        }
        global.console.say(
            "people: \(people.count) listed, \(summary.added) added, \(summary.updated) updated, "
                + "\(summary.deactivated) deactivated")
    }
}
