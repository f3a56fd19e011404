import ArgumentParser
import ScheduleModel
import ScheduleStore
import TaskEvents

/// `schedcu hospitals shift-types`: one hospital's vocabulary.
struct ShiftTypesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shift-types", abstract: "Lists a hospital's shift types.",
        subcommands: [ShiftTypesListCommand.self])
}

/// `schedcu hospitals shift-types list`.
struct ShiftTypesListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the active shift types.")

    @Argument(help: "The hospital's code.")
    var code: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let types = try await global.withStore { store in
            _ = try await global.actor(in: store, holding: SetUpRole.read)
            return try await store.shiftTypes(code: code)
        }
        let console = global.console
        if console.isJSON {
            console.data(JSONValue.array(types.map(Self.document)).jsonText)
            return
        }
        var table = Table(
            "CODE", "WINDOW", "STUDY", "CONSTRAINT", ">DESIRED", "MANDATORY", "SLOT", "BODY/NEURO", "SYNONYMS")
        for type in types {
            let roles = [type.effectiveBodyCode, type.effectiveNeuroCode].compactMap(\.self).joined(separator: "/")
            table.add(
                type.code, type.window.description, type.studyType.rawValue, type.constraint.rawValue,
                "\(type.defaultDesired)", type.isMandatory ? "yes" : "no", type.slotCode ?? "", roles,
                type.synonyms.joined(separator: ", "))
        }
        for line in table.lines { console.data(line) }
    }

    private static func document(_ type: ShiftType) -> JSONValue {
        var object: [String: JSONValue] = [
            "code": .string(type.code), "label": .string(type.label), "window": .string(type.window.description),
            "study_type": .string(type.studyType.rawValue),
            "specialty_constraint": .string(type.constraint.rawValue),
            "default_desired": .integer(Int64(type.defaultDesired)), "mandatory": .bool(type.isMandatory),
            "synonyms": .array(type.synonyms.map(JSONValue.string)),
        ]
        object["slot_code"] = type.slotCode.map(JSONValue.string)
        object["effective_body_code"] = type.effectiveBodyCode.map(JSONValue.string)
        object["effective_neuro_code"] = type.effectiveNeuroCode.map(JSONValue.string)
        return .object(object)
    }
}
