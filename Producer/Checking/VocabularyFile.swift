import Foundation
import ScheduleModel
import Yams

/// A shift vocabulary in YAML: a list of shift types with the names that `hospitals shift-types list --json` uses.
///
/// ```yaml
/// - { code: MidC, start: "17:00", end: "00:00", end_day_offset: 1, mandatory: true, synonyms: [Mid C] }
/// ```
/// `code`, `start` and `end` are required. Everything is checked, and an unknown name is refused, since a misspelt one would
/// silently mean its default.
enum VocabularyFile {
    /// The largest file that is read: far more than any hospital's shift types.
    static let maxBytes = 1 << 20
    /// The most shift types.
    static let mostTypes = 1000

    /// Reads a file.
    ///
    /// - Parameter path: Where it is.
    /// - Returns: The vocabulary.
    /// - Throws: ``CommandFailure`` with 66 when it is missing, with 65 when it is no vocabulary.
    static func read(path: String) throws -> ShiftVocabulary {
        let url = URL(fileURLWithPath: path)
        guard let handle = try? FileHandle(forReadingFrom: url),
            let data = try? handle.read(upToCount: maxBytes + 1) ?? Data()
        else {
            throw CommandFailure(
                .missingFile, SafeText.line(url.lastPathComponent), "it is missing or cannot be read. check the path")
        }
        return try vocabulary(Array(data))
    }

    /// Reads a file's bytes.
    static func vocabulary(_ yaml: [UInt8]) throws -> ShiftVocabulary {
        guard yaml.count <= maxBytes else { throw wrong("the file is larger than \(maxBytes) bytes. split it") }
        guard let text = String(validating: yaml, as: UTF8.self) else {
            throw wrong("the file is not UTF-8. save it as UTF-8")
        }
        // Neither is needed for a flat list, and both can make a small file large or deep.
        let depth = text.utf8.reduce(into: (now: 0, most: 0)) { depth, byte in
            if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { depth.now += 1 }
            if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { depth.now -= 1 }
            depth.most = max(depth.most, depth.now)
        }
        guard depth.most < 16 else { throw wrong("brackets are nested too deep. write one flat list") }
        guard let root = try? compose(yaml: text), case .sequence(let entries) = root else {
            throw wrong("the file is no YAML list. start each shift type with '- '")
        }
        guard (1...mostTypes).contains(entries.count) else {
            throw wrong("it has \(entries.count) shift types. list 1 to \(mostTypes)")
        }
        var types: [ShiftType] = []
        for entry in entries {
            var reader = ShiftTypeReader(entry)
            types.append(try reader.type())
        }
        try checkReferences(types)
        do {
            return try ShiftVocabulary(types)
        } catch {
            throw wrong(
                "two shift types share the key '\(ValidationMessage.quoted(error.key))'. rename one of them or drop a synonym"
            )
        }
    }

    private static func checkReferences(_ types: [ShiftType]) throws {
        let codes = Set(types.map(\.code))
        for type in types {
            for code in [type.slotCode, type.effectiveBodyCode, type.effectiveNeuroCode].compactMap(\.self)
            where !codes.contains(code) {
                throw wrong(
                    "\(ValidationMessage.quoted(type.code)) names \(ValidationMessage.quoted(code)), which is not listed. list it"
                )
            }
        }
    }

    /// What is wrong, as the command tells it.
    static func wrong(_ why: String, line: Int? = nil) -> CommandFailure {
        CommandFailure(.unusableFile, "vocabulary\(line.map { " line \($0)" } ?? "")", why)
    }
}

/// Reads one shift type, strictly.
private struct ShiftTypeReader {
    private static let names: Set<String> = [
        "code", "label", "start", "end", "start_day_offset", "end_day_offset", "study_type", "specialty_constraint",
        "default_desired", "mandatory", "slot_code", "effective_body_code", "effective_neuro_code", "synonyms",
    ]

    private let line: Int
    private let node: Node
    private var fields: [String: Node] = [:]

    init(_ node: Node) {
        self.node = node
        line = node.mark?.line ?? 1
    }

    mutating func type() throws -> ShiftType {
        guard case .mapping(let mapping) = node else {
            throw wrong("the entry is no shift type. write code, start and end")
        }
        for (key, value) in mapping {
            guard let name = key.string, Self.names.contains(name) else {
                throw wrong("the entry has an unknown name. allowed are \(Self.names.sorted().joined(separator: ", "))")
            }
            fields[name] = value
        }
        let code = try required("code")
        guard let start = Self.time(try required("start")), let end = Self.time(try required("end")) else {
            throw wrong("start and end are times such as 17:00. correct them")
        }
        guard
            let window = ShiftWindow(
                start: start, startDayOffset: try number("start_day_offset", 0...1) ?? 0, end: end,
                endDayOffset: try number("end_day_offset", 0...2) ?? 0)
        else { throw wrong("it ends before it starts. set end_day_offset to 1 when it ends after midnight") }
        return ShiftType(
            code: code, label: try text("label"), window: window,
            studyType: try choice("study_type", StudyType.allCases) ?? .general,
            constraint: try choice("specialty_constraint", Specialty.allCases) ?? .both,
            defaultDesired: try number("default_desired", 0...1000) ?? 1, isMandatory: try flag("mandatory") ?? false,
            slotCode: try text("slot_code"), effectiveBodyCode: try text("effective_body_code"),
            effectiveNeuroCode: try text("effective_neuro_code"), synonyms: try synonyms())
    }

    private func required(_ name: String) throws -> String {
        guard let text = try text(name) else { throw wrong("\(name) is missing. give it") }
        return text
    }

    private func text(_ name: String) throws -> String? {
        guard let node = fields[name] else { return nil }
        return try text(of: node, name)
    }

    private func text(of node: Node, _ name: String) throws -> String {
        let text = node.scalar.map { NameKey.collapsed($0.string) } ?? ""
        guard !text.isEmpty, text.unicodeScalars.count <= 50, !NameKey.shiftType(text).isEmpty,
            !text.unicodeScalars.contains(where: ValidationMessage.isHidden)
        else { throw wrong("\(name) is no text of 1 to 50 characters. correct it") }
        return text
    }

    private func number(_ name: String, _ range: ClosedRange<Int>) throws -> Int? {
        guard let node = fields[name] else { return nil }
        guard let number = node.scalar.flatMap({ Int($0.string) }), range.contains(number) else {
            throw wrong("\(name) is a whole number from \(range.lowerBound) to \(range.upperBound). correct it")
        }
        return number
    }

    private func flag(_ name: String) throws -> Bool? {
        guard let text = try text(name) else { return nil }
        guard let flag = ["true": true, "yes": true, "false": false, "no": false][text.lowercased()] else {
            throw wrong("\(name) is true or false. correct it")
        }
        return flag
    }

    private func choice<Value: RawRepresentable<String>>(_ name: String, _ values: [Value]) throws -> Value? {
        guard let text = try text(name) else { return nil }
        guard let value = Value(rawValue: text) else {
            throw wrong("\(name) is one of \(values.map(\.rawValue).joined(separator: ", ")). correct it")
        }
        return value
    }

    private func synonyms() throws -> [String] {
        guard let node = fields["synonyms"] else { return [] }
        guard case .sequence(let items) = node else { throw wrong("synonyms is no list. write synonyms: [a, b]") }
        guard items.count <= 100 else { throw wrong("it has \(items.count) synonyms. list at most 100") }
        return try items.map { try text(of: $0, "synonyms") }
    }

    /// A time such as `7:30` or `17:00`.
    private static func time(_ text: String) -> LocalTime? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...2).contains(parts[0].count), parts[1].count == 2,
            parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }), let hour = Int(parts[0]),
            let minute = Int(parts[1])
        else { return nil }
        return LocalTime(hour: hour, minute: minute)
    }

    private func wrong(_ why: String) -> CommandFailure { VocabularyFile.wrong(why, line: line) }
}
