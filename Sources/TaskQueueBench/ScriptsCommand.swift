import ArgumentParser
import Foundation
import Redis
import TaskQueue

/// Writes the product's scripts to files, so that `ops/benchmarks/ceiling.c` drives exactly these.
struct ScriptsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scripts", abstract: "Writes the scripts of a task's way into a folder, and prints their SHA-1.")

    @Option(help: "The folder; it is made if need be.") var out: String

    func run() throws {
        let folder = URL(filePath: out)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for script in ScriptCatalog.taskPath {
            let name = String(script.name.map { $0.isLetter || $0.isNumber ? $0 : "-" })
            try Data(script.source.utf8).write(to: folder.appending(path: name + ".lua"))
            print("\(script.sha1) \(name).lua")
        }
    }
}
