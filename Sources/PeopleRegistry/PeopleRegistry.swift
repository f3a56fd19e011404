package import ScheduleModel
import Yams

/// The people registry: a YAML file under version control that says who can be assigned (domain 9.2).
///
/// A list of entries with `name`, `email`, `specialty`, `hospitals`, and where wanted `aliases`, `phone`, `activeFrom` and
/// `activeTo`. Everything is checked before anything is returned, so that a sync never does half.
package enum PeopleRegistry {
    /// The largest file that is read: far more than a hospital's staff.
    package static let maxBytes = 1 << 20

    /// Reads a registry.
    ///
    /// - Parameter yaml: The file's bytes.
    /// - Returns: The people in the order of the file; none for an empty list.
    /// - Throws: ``PeopleRegistryError`` with everything that is wrong.
    package static func read(_ yaml: [UInt8]) throws(PeopleRegistryError) -> [PersonEntry] {
        let nodes = try entries(of: yaml)
        var problems: [PeopleRegistryError.Problem] = []
        var people: [PersonEntry] = []
        var lines: [Int] = []
        for node in nodes {
            var reader = EntryReader(node)
            if let person = reader.read() {
                people.append(person)
                lines.append(reader.line)
            }
            problems += reader.problems
        }
        problems += duplicates(people, lines: lines)
        guard problems.isEmpty else {
            throw PeopleRegistryError(problems: problems.sorted { $0.line < $1.line })
        }
        return people
    }

    private static func entries(of yaml: [UInt8]) throws(PeopleRegistryError) -> [Node] {
        guard yaml.count <= maxBytes else {
            throw PeopleRegistryError(line: 1, "the file is larger than \(maxBytes) bytes. split it")
        }
        guard let text = String(validating: yaml, as: UTF8.self) else {
            throw PeopleRegistryError(line: 1, "the file is not UTF-8. save it as UTF-8")
        }
        if let line = YAMLDepth.tooDeepLine(text) {
            throw PeopleRegistryError(line: line, "lists are nested too deep. write one flat list of people")
        }
        let root: Node?
        do {
            root = try compose(yaml: text)
        } catch let error as YamlError {
            throw PeopleRegistryError(
                line: error.line, "the file is not valid YAML from here on. correct the indentation")
        } catch {
            throw PeopleRegistryError(line: 1, "the file is not valid YAML")
        }
        guard case .sequence(let sequence)? = root else {
            throw PeopleRegistryError(line: 1, "the file is not a list of people. start each entry with '- '")
        }
        return Array(sequence)
    }

    private static func duplicates(_ people: [PersonEntry], lines: [Int]) -> [PeopleRegistryError.Problem] {
        var problems: [PeopleRegistryError.Problem] = []
        var emails: [String: Int] = [:]
        for (index, person) in people.enumerated() {
            guard let earlier = emails.updateValue(index, forKey: person.email) else { continue }
            problems.append(
                PeopleRegistryError.Problem(
                    line: lines[index],
                    message: "email is that of the entry at line \(lines[earlier]). list each person once"))
        }
        return problems
            + PersonKeyConflict.all(in: people).map { conflict in
                PeopleRegistryError.Problem(
                    line: lines[conflict.second],
                    message:
                        "the entries at lines \(lines[conflict.first]) and \(lines[conflict.second]) share a name or alias in "
                        + "hospital \(conflict.hospital). give one of them another spelling",
                    people: [people[conflict.first].name, people[conflict.second].name])
            }
    }
}

extension YamlError {
    /// The line that libyaml names, from 1.
    fileprivate var line: Int {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        default: 1
        }
    }
}
