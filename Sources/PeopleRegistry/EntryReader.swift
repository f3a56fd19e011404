import ScheduleModel
import Yams

/// Reads and checks one entry of a registry.
struct EntryReader {
    /// Where the entry starts, from 1.
    let line: Int
    /// What is wrong with it.
    private(set) var problems: [PeopleRegistryError.Problem] = []
    private let node: Node

    private static let keys: Set<String> = [
        "name", "email", "specialty", "aliases", "phone", "hospitals", "activeFrom", "activeTo",
    ]
    private static let longestText = 255
    private static let longestPhone = 50

    init(_ node: Node) {
        self.node = node
        line = node.mark?.line ?? 1
    }

    /// The person; `nil` when something is wrong, which is in ``problems``.
    mutating func read() -> PersonEntry? {
        guard case .mapping(let fields) = node else {
            note("the entry is not a person. write name, email, specialty and hospitals")
            return nil
        }
        for (key, _) in fields where !Self.keys.contains(key.string ?? "") {
            note("the entry has an unknown key. allowed are \(Self.keys.sorted().joined(separator: ", "))", at: key)
        }
        let name = text("name", in: fields)
        let email = text("email", in: fields)
        let specialty = specialty(in: fields)
        let hospitals = hospitals(in: fields)
        let aliases = list("aliases", in: fields)
        let phone = fields["phone"].flatMap { field("phone", $0, limit: Self.longestPhone) }
        let (from, to) = (date("activeFrom", in: fields), date("activeTo", in: fields))
        if let from, let to, to < from { note("activeTo is before activeFrom") }
        if let email, email.wholeMatch(of: /[^@\s]+@[^@\s]+/) == nil {
            note("email is no address: it needs one @ and no white space", at: fields["email"])
        }
        if let name, NameKey.person(name).isEmpty { note("name has no letters", at: fields["name"]) }
        guard problems.isEmpty, let name, let email, let specialty else { return nil }
        return PersonEntry(
            name: name, email: email.lowercased(), specialty: specialty, aliases: aliases, phone: phone,
            hospitals: hospitals, activeFrom: from, activeTo: to)
    }

    private mutating func specialty(in fields: Node.Mapping) -> Specialty? {
        guard let text = text("specialty", in: fields) else { return nil }
        guard let specialty = Specialty(rawValue: text) else {
            let choices = Specialty.allCases.map(\.rawValue).joined(separator: ", ")
            note("specialty is none of \(choices)", at: fields["specialty"])
            return nil
        }
        return specialty
    }

    private mutating func hospitals(in fields: Node.Mapping) -> [String] {
        let codes = list("hospitals", in: fields)
        guard !codes.isEmpty else {
            note("hospitals is missing or empty. list at least one hospital's code", at: fields["hospitals"])
            return []
        }
        for code in codes where code.wholeMatch(of: /[A-Z0-9][A-Z0-9_\-]{0,31}/) == nil {
            note("hospitals has something that is no hospital's code, such as NORTH", at: fields["hospitals"])
        }
        return codes
    }

    private mutating func text(_ key: String, in fields: Node.Mapping) -> String? {
        guard let node = fields[key] else {
            note("\(key) is missing")
            return nil
        }
        return field(key, node, limit: Self.longestText)
    }

    /// A scalar's text, white space collapsed.
    private mutating func field(_ key: String, _ node: Node, limit: Int) -> String? {
        let text = node.scalar.map { NameKey.collapsed($0.string) } ?? ""
        let isClean = !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
        guard !text.isEmpty, text.unicodeScalars.count <= limit, isClean else {
            note("\(key) is no text of 1 to \(limit) characters", at: node)
            return nil
        }
        return text
    }

    private mutating func list(_ key: String, in fields: Node.Mapping) -> [String] {
        guard let node = fields[key] else { return [] }
        guard case .sequence(let items) = node else {
            note("\(key) is not a list. write \(key): [a, b]", at: node)
            return []
        }
        var texts: [String] = []
        for item in items {
            if let text = field(key, item, limit: Self.longestText) { texts.append(text) }
        }
        return texts
    }

    private mutating func date(_ key: String, in fields: Node.Mapping) -> LocalDate? {
        guard let node = fields[key] else { return nil }
        guard let date = LocalDate(node.scalar?.string ?? "") else {
            note("\(key) is no date such as 2026-03-01", at: node)
            return nil
        }
        return date
    }

    private mutating func note(_ message: String, at node: Node? = nil) {
        problems.append(PeopleRegistryError.Problem(line: node?.mark?.line ?? line, message: message))
    }
}
