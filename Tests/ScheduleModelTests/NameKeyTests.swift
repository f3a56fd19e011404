import ScheduleModel
import Testing

@Suite struct NameKeyTests {
    @Test(arguments: ["Mid3", "Mid 3", "mid3", "MID-3", "mid_3", " M\u{00A0}i d\t3\n", "Ｍｉｄ３", "Mid\u{2009}3", "Mid³"])
    func `all spellings of a shift type have one key`(text: String) {
        #expect(NameKey.shiftType(text) == "mid3")
    }

    @Test func `a key keeps every other sign`() {
        #expect(NameKey.shiftType("Chest/Abd.") == "chest/abd.")
        #expect(NameKey.shiftType("ON1") != NameKey.shiftType("ON2"))
    }

    @Test func `every ASCII character counts for the same in a short text as in one with other letters`() {
        for code in UInt8(0)...0x7F {
            let text = "a\(Character(UnicodeScalar(code)))B"
            #expect(NameKey.shiftType(text) + "\u{E9}" == NameKey.shiftType(text + "\u{E9}"), "U+\(code)")
        }
    }

    @Test(arguments: [
        "Ada Quill", "ada quill", "ADA QUILL", "  Ada \t Quill ", "Ada\u{00A0}Quill", "Quill, Ada", "Quill,Ada",
        "QUILL , ADA", "Dr. Ada Quill", "Dr Ada Quill", "dr. ada quill", "DR Ada Quill", "Dr.Ada Quill",
        "Dr.\u{00A0}Ada Quill", "Quill, Dr. Ada", "Dr. Quill, Ada", "Ａｄａ Quill", "Ada\u{3000}Quill", "Ada\r\nQuill",
    ])
    func `all spellings of a person have one key`(text: String) {
        #expect(NameKey.person(text) == "ada quill")
    }

    @Test(arguments: [
        ("Straße, Jo", "JO STRASSE"), ("Andre\u{0301} Quill", "andr\u{00E9} quill"), ("ﬁnn Tarn", "Finn Tarn"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
    ])
    func `composed forms, ligatures and case folding do not tell people apart`(one: String, other: String) {
        #expect(NameKey.person(one) == NameKey.person(other))
        #expect(Array(NameKey.person(one).unicodeScalars) == Array(NameKey.person(other).unicodeScalars))
    }

    @Test(arguments: [
        ("Drake Bell", "drake bell"), ("Quill", "quill"), ("Quill,", "quill"), ("Dr", "dr"), ("A Quill", "a quill"),
        ("Dr. Quill", "quill"), ("amion:41", "amion:41"), ("Quill, Ada, MD", "quill, ada, md"), ("", ""),
        (" \u{00A0}", ""),
    ])
    func `what is no title and no flipped name stays`(text: String, key: String) {
        #expect(NameKey.person(text) == key)
    }

    @Test func `a person is found by name and every alias, each key once, sorted`() {
        let person = PersonEntry(
            name: "Ada Quill", email: "ada.quill@north.example", specialty: .both,
            aliases: ["Quill, Ada", "A Quill", "Dr. Quill", "amion:41", " "], hospitals: ["NORTH"])
        #expect(person.aliasKeys == ["a quill", "ada quill", "amion:41", "quill"])
    }

    @Test func `two people with one key conflict in each hospital that both work for, and only there`() {
        func entry(_ name: String, _ aliases: [String], _ hospitals: [String]) -> PersonEntry {
            PersonEntry(name: name, email: "x@north.example", specialty: .both, aliases: aliases, hospitals: hospitals)
        }
        let people = [
            entry("Ada Quill", ["A Quill"], ["NORTH", "LAKE"]), entry("Abe Quill", ["a quill", "Quill, A"], ["NORTH"]),
            entry("A. Quill", ["A  QUILL"], ["HILL"]),
        ]
        let conflicts = PersonKeyConflict.all(in: people)
        #expect(conflicts.count == 1)
        #expect(conflicts.first.map { [$0.first, $0.second] } == [0, 1])
        #expect(conflicts.first.map { [$0.hospital, $0.key] } == ["NORTH", "a quill"])
    }
}
