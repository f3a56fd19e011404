import PeopleRegistry
import ScheduleModel
import Testing

@Suite struct PeopleRegistryTests {
    private static let quill =
        #"- { name: Ada Quill, email: Ada.Quill@north.example, specialty: BOTH, aliases: ["A Quill", "Dr. Quill", "amion:41"], hospitals: [NORTH] }"#
    private static let tarn =
        #"- { name: Ben  Tarn, email: ben.tarn@north.example, specialty: BODY_ONLY, aliases: ["B Tarn"], hospitals: [NORTH, LAKE], phone: 555 0100, activeFrom: 2026-01-01, activeTo: 2026-12-31 }"#

    private func read(_ lines: String...) throws(PeopleRegistryError) -> [PersonEntry] {
        try PeopleRegistry.read(Array(lines.joined(separator: "\n").utf8))
    }

    private func problems(_ lines: String...) -> [PeopleRegistryError.Problem] {
        do {
            _ = try PeopleRegistry.read(Array(lines.joined(separator: "\n").utf8))
            return []
        } catch {
            return error.problems
        }
    }

    @Test func `entries become people in the order of the file`() throws {
        let people = try read(Self.quill, Self.tarn)
        #expect(
            people == [
                PersonEntry(
                    name: "Ada Quill", email: "ada.quill@north.example", specialty: .both,
                    aliases: ["A Quill", "Dr. Quill", "amion:41"], hospitals: ["NORTH"]),
                PersonEntry(
                    name: "Ben Tarn", email: "ben.tarn@north.example", specialty: .bodyOnly, aliases: ["B Tarn"],
                    phone: "555 0100", hospitals: ["NORTH", "LAKE"], activeFrom: LocalDate("2026-01-01"),
                    activeTo: LocalDate("2026-12-31")),
            ])
    }

    @Test func `the keys of a person are those of the name and every alias, each once`() throws {
        let entry = "- { name: Ada Quill, email: a@b.example, specialty: BOTH, hospitals: [NORTH], "
        let people = try read(entry + #"aliases: ["Quill, Ada", "Dr. Quill", "A\#u{a0}Quill", "amion:41"] }"#)
        #expect(people.first?.aliasKeys == ["a quill", "ada quill", "amion:41", "quill"])
    }

    @Test func `block style and comments are read like flow style`() throws {
        let people = try read(
            "# the staff", "- name: Ada Quill", "  email: ada@north.example", "  specialty: NEURO_ONLY",
            "  hospitals:", "    - NORTH")
        #expect(people.map(\.specialty) == [.neuroOnly])
    }

    @Test func `an empty list is no people, and an empty file is refused`() throws {
        #expect(try read("[]").isEmpty)
        #expect(problems("").count == 1)
    }

    @Test func `two people with one key in one hospital are refused, and both are listed`() throws {
        let other =
            "- { name: Axel Quill, email: axel@north.example, specialty: BOTH, aliases: [Quill], hospitals: [NORTH] }"
        let problem = try #require(problems(Self.quill, other).first)
        #expect(problem.message.contains("lines 1 and 2"))
        #expect(problem.message.contains("NORTH"))
        #expect(problem.people == ["Ada Quill", "Axel Quill"])
    }

    @Test func `two people with one key in different hospitals are fine`() throws {
        let other =
            "- { name: Axel Quill, email: axel@north.example, specialty: BOTH, aliases: [Quill], hospitals: [LAKE] }"
        #expect(try read(Self.quill, other).count == 2)
    }

    @Test func `two entries with one address are refused without regard to case`() {
        let other = "- { name: Someone Else, email: ADA.QUILL@north.example, specialty: BOTH, hospitals: [LAKE] }"
        #expect(problems(Self.quill, other).map(\.line) == [2])
    }

    @Test(arguments: [
        "- just text",
        "- { email: a@b.example, specialty: BOTH, hospitals: [NORTH] }",
        "- { name: A B, email: nowhere, specialty: BOTH, hospitals: [NORTH] }",
        "- { name: A B, email: a@b.example, specialty: both, hospitals: [NORTH] }",
        "- { name: A B, email: a@b.example, specialty: BOTH, hospitals: [] }",
        "- { name: A B, email: a@b.example, specialty: BOTH, hospitals: NORTH }",
        "- { name: A B, email: a@b.example, specialty: BOTH, hospitals: [north] }",
        "- { name: A B, email: a@b.example, specialty: BOTH, hospitals: [NORTH], alias: [x] }",
        "- { name: A B, email: a@b.example, specialty: BOTH, hospitals: [NORTH], aliases: ['  '] }",
        "- { name: A B, email: a@b.example, specialty: BOTH, hospitals: [NORTH], activeFrom: 2026-02-30 }",
        "- { name: A B, email: a@b.example, specialty: BOTH, hospitals: [NORTH], activeFrom: 2026-03-02, activeTo: 2026-03-01 }",
        #"- { name: "A \0 B", email: a@b.example, specialty: BOTH, hospitals: [NORTH] }"#,
        "name: A B", "- { name: [", "- &a [*a]",
    ])
    func `a bad entry is refused with its line`(entry: String) {
        let found = problems(entry)
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { $0.line >= 1 })
    }

    @Test func `all problems of a file are told at once, in order`() {
        let bad = "- { name: A B, email: x, specialty: NONE, hospitals: [NORTH] }"
        #expect(problems(bad, Self.quill, bad).map(\.line) == [1, 1, 3, 3])
    }

    @Test(arguments: ["[", "- ", "{a: ", "? ", "- [", "&a - "])
    func `a file nested without end is refused and does not crash`(level: String) {
        #expect(!problems(String(repeating: level, count: 100_000)).isEmpty)
    }

    @Test func `bytes that are no text and files that are too large are refused`() {
        #expect(throws: PeopleRegistryError.self) { try PeopleRegistry.read([0xff, 0xfe]) }
        #expect(throws: PeopleRegistryError.self) {
            try PeopleRegistry.read([UInt8](repeating: 0x20, count: PeopleRegistry.maxBytes + 1))
        }
    }

    @Test func `the description of an error names nobody`() throws {
        let other =
            "- { name: Axel Quill, email: axel@north.example, specialty: BOTH, aliases: [Quill], hospitals: [NORTH] }"
        let error = try #require(throws: PeopleRegistryError.self) { try read(Self.quill, other) }
        #expect(!error.description.lowercased().contains("quill"))
        #expect(error.debugDescription.contains("Axel Quill"))
    }
}
