import ScheduleModel
import Testing

@Suite struct ShiftVocabularyTests {
    /// The table of domain 3.3: code, hours from the date's 00:00, study, constraint, mandatory, slot, effective pair.
    private static let table: [(String, Int, Int, StudyType, Specialty, Bool, String?, String?, String?)] = [
        ("DAY", 8, 17, .general, .both, false, nil, nil, nil),
        ("WEEKEND", 8, 17, .general, .both, false, nil, nil, nil),
        ("MORNING", 7, 15, .general, .both, false, nil, nil, nil),
        ("AFTERNOON", 15, 23, .general, .both, false, nil, nil, nil),
        ("EVENING", 17, 25, .general, .both, false, nil, nil, nil),
        ("NIGHT", 23, 31, .general, .both, false, nil, nil, nil),
        ("DOUBLE", 7, 23, .general, .both, false, nil, nil, nil),
        ("MidC", 17, 24, .general, .both, true, nil, "MidBody", "MidNeuro"),
        ("MidL", 17, 24, .general, .both, true, nil, "MidBody", "MidNeuro"),
        ("Mid3", 17, 25, .body, .both, true, nil, nil, nil),
        ("MidBody", 17, 24, .body, .bodyOnly, true, "MidL", nil, nil),
        ("MidNeuro", 17, 24, .neuro, .neuroOnly, true, "MidC", nil, nil),
        ("ON1", 24, 32, .neuro, .both, true, nil, "ONBody", "ONNeuro"),
        ("ON2", 24, 32, .neuro, .both, true, nil, "ONBody", "ONNeuro"),
        ("ONBody", 25, 32, .body, .bodyOnly, true, "ON2", nil, nil),
        ("ONNeuro", 25, 32, .neuro, .neuroOnly, true, "ON1", nil, nil),
    ]

    @Test func `the vocabulary of a new hospital is the table of the specification`() throws {
        let vocabulary = try ShiftVocabulary(ShiftType.initial)
        #expect(vocabulary.types.map(\.code) == Self.table.map(\.0).sorted())
        for (code, from, to, study, constraint, isMandatory, slot, body, neuro) in Self.table {
            let type = try #require(vocabulary.type(code: code))
            #expect(type.window == ShiftWindow(startSeconds: from * 3600, endSeconds: to * 3600), "\(code)")
            #expect(type.studyType == study && type.constraint == constraint, "\(code)")
            #expect(type.isMandatory == isMandatory && type.defaultDesired == 1, "\(code)")
            #expect(type.slotCode == slot, "\(code)")
            #expect(type.effectiveBodyCode == body && type.effectiveNeuroCode == neuro, "\(code)")
        }
    }

    @Test(arguments: [
        ("Mid 3", "Mid3"), ("mid c", "MidC"), ("ON-1", "ON1"), ("On Body", "ONBody"), ("overnight", "NIGHT"),
        ("Night", "NIGHT"), ("day", "DAY"), ("week end", "WEEKEND"),
    ])
    func `a type is found by any spelling of its code or a synonym`(text: String, code: String) throws {
        #expect(try ShiftVocabulary(ShiftType.initial).type(named: text)?.code == code)
    }

    @Test(arguments: ["Technologist", "Radiologist", "ON", "Mid", "", " ", "-"])
    func `job titles and parts of names stay unknown`(text: String) throws {
        #expect(try ShiftVocabulary(ShiftType.initial).type(named: text) == nil)
    }

    @Test func `a code is found only as it is written`() throws {
        let vocabulary = try ShiftVocabulary(ShiftType.initial)
        #expect(vocabulary.type(code: "midc") == nil)
        #expect(vocabulary.type(code: "MidC") != nil)
    }

    @Test(arguments: [
        ("MidBody", "MidL"), ("MidNeuro", "MidC"), ("ONBody", "ON2"), ("ONNeuro", "ON1"), ("Mid3", "Mid3"),
    ])
    func `an effective role uses the slot given, any other type its own`(role: String, slot: String) throws {
        let vocabulary = try ShiftVocabulary(ShiftType.initial)
        let type = try #require(vocabulary.type(code: role))
        #expect(vocabulary.slot(of: type)?.code == slot)
    }

    @Test(arguments: [("Mid 3", [String]()), ("LATE", ["m_i_d_3"]), ("Mid3", [])])
    func `two types with one key are a configuration error that names the key`(code: String, synonyms: [String]) throws
    {
        let window = try #require(ShiftWindow(startSeconds: 0, endSeconds: 3600))
        let error = #expect(throws: VocabularyError.self) {
            try ShiftVocabulary(ShiftType.initial + [ShiftType(code: code, window: window, synonyms: synonyms)])
        }
        #expect(error?.key.lowercased() == "mid3")
        #expect(error.map { "\($0)".contains("share the key") } == true)
    }

    @Test func `a synonym that repeats its own code is no conflict`() throws {
        let window = try #require(ShiftWindow(startSeconds: 0, endSeconds: 3600))
        let vocabulary = try ShiftVocabulary([ShiftType(code: "LATE", window: window, synonyms: ["Late", "l-a-t-e"])])
        #expect(vocabulary.type(named: "LATE")?.code == "LATE")
    }

    @Test func `who may fill a slot and who can read a study`() {
        let eligible: [Specialty: Set<Specialty>] = [
            .bodyOnly: [.bodyOnly, .both], .neuroOnly: [.neuroOnly, .both], .both: [.bodyOnly, .neuroOnly, .both],
        ]
        let readable: [Specialty: Set<StudyType>] = [
            .bodyOnly: [.general, .body], .neuroOnly: [.general, .neuro], .both: [.general, .body, .neuro],
        ]
        for person in Specialty.allCases {
            #expect(Set(Specialty.allCases.filter { person.isEligible(for: $0) }) == eligible[person])
            #expect(Set(StudyType.allCases.filter { person.canRead($0) }) == readable[person])
        }
    }

    @Test func `a weekend is a Saturday, a Sunday or a holiday`() throws {
        let holiday = try #require(LocalDate("2026-07-03"))
        let hospital = HospitalContext(
            id: try #require(Identifier("6f9d0000-0000-4000-8000-0000000000ab")), code: "NORTH", zone: .utc,
            holidays: [holiday], vocabulary: try ShiftVocabulary([]))
        let days = try ["2026-07-02", "2026-07-03", "2026-07-04", "2026-07-05", "2026-07-06"].map {
            hospital.dayType(of: try #require(LocalDate($0)))
        }
        #expect(days == [.weekday, .weekend, .weekend, .weekend, .weekday])
    }
}
