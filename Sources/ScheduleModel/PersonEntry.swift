/// One person of the registry (domain 9.2), validated.
package struct PersonEntry: Sendable, Hashable {
    /// The name, white space collapsed.
    package var name: String
    /// The address that identifies the person, lower case.
    package var email: String
    /// What the person can read.
    package var specialty: Specialty
    /// Further spellings, as written; `amion:<id>` is the source's own id.
    package var aliases: [String]
    /// A phone number, when there is one.
    package var phone: String?
    /// Codes of the hospitals that the person works for.
    package var hospitals: [String]
    /// The first day; `nil` is always.
    package var activeFrom: LocalDate?
    /// The last day, inside the period; `nil` is for ever.
    package var activeTo: LocalDate?

    /// Names a person.
    package init(
        name: String, email: String, specialty: Specialty, aliases: [String] = [], phone: String? = nil,
        hospitals: [String], activeFrom: LocalDate? = nil, activeTo: LocalDate? = nil
    ) {
        self.name = name
        self.email = email
        self.specialty = specialty
        self.aliases = aliases
        self.phone = phone
        self.hospitals = hospitals
        self.activeFrom = activeFrom
        self.activeTo = activeTo
    }

    /// The keys by which scraped names find the person: of the name and every alias, each once, sorted.
    package var aliasKeys: [String] {
        Set(([name] + aliases).map { NameKey.person($0) }).filter { !$0.isEmpty }.sorted()
    }
}

/// Two people of a registry whom one scraped name could mean.
package struct PersonKeyConflict: Sendable, Hashable {
    /// Where the first stands in the registry, from 0.
    package let first: Int
    /// Where the second stands, after ``first``.
    package let second: Int
    /// The code of a hospital that both work for.
    package let hospital: String
    /// The key that both have.
    package let key: String

    /// All conflicts: each pair of people once a hospital, with the first key by the alphabet.
    ///
    /// - Parameter people: The registry.
    /// - Returns: The conflicts in the order of the registry.
    package static func all(in people: [PersonEntry]) -> [PersonKeyConflict] {
        struct Place: Hashable { let hospital, key: String }
        struct Pair: Hashable { let first, second: Int; let hospital: String }
        var owners: [Place: [Int]] = [:]
        var found: Set<Pair> = []
        var conflicts: [PersonKeyConflict] = []
        for (index, person) in people.enumerated() {
            for hospital in Set(person.hospitals).sorted() {
                for key in person.aliasKeys {
                    let place = Place(hospital: hospital, key: key)
                    for other in owners[place, default: []]
                    where found.insert(Pair(first: other, second: index, hospital: hospital)).inserted {
                        conflicts.append(Self(first: other, second: index, hospital: hospital, key: key))
                    }
                    owners[place, default: []].append(index)
                }
            }
        }
        return conflicts
    }
}
