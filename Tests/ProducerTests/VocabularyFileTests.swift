import ScheduleModel
import Testing

@testable import schedcu

@Suite struct VocabularyFileTests {
    @Test func `every name of the list of shift types is read`() throws {
        let yaml = """
            - code: MidC
              label: Mid C
              start: "17:00"
              end: "00:00"
              end_day_offset: 1
              study_type: BODY
              specialty_constraint: BODY_ONLY
              default_desired: 2
              mandatory: true
              effective_body_code: MidBody
              effective_neuro_code: MidBody
              synonyms: [Mid-Cee, "M C"]
            - { code: MidBody, start: 0:30, start_day_offset: 1, end: 08:00, end_day_offset: 1, slot_code: MidC }
            """
        let vocabulary = try VocabularyFile.vocabulary(Array(yaml.utf8))
        let mid = try #require(vocabulary.type(named: "midcee"))
        #expect(mid.code == "MidC" && mid.label == "Mid C" && mid.window.description == "17:00–00:00+1")
        #expect(mid.studyType == .body && mid.constraint == .bodyOnly && mid.defaultDesired == 2 && mid.isMandatory)
        #expect(mid.effectiveBodyCode == "MidBody" && mid.effectiveNeuroCode == "MidBody" && mid.synonyms.count == 2)
        let body = try #require(vocabulary.type(code: "MidBody"))
        #expect(body.window.description == "00:30+1–08:00+1" && !body.isMandatory && body.defaultDesired == 1)
        #expect(body.studyType == .general && body.constraint == .both)
        #expect(vocabulary.slot(of: body)?.code == "MidC")
    }

    @Test(arguments: [
        ("", "no YAML list"), ("{}", "no YAML list"), ("[]", "0 shift types"), ("- text", "no shift type"),
        ("- {", "no YAML list"),
        ("- { code: A, start: 8:00 }", "end is missing"), ("- { code: A, start: 8, end: 9:00 }", "times such as"),
        ("- { code: A, start: 24:00, end: 9:00 }", "times such as"),
        ("- { code: A, start: 9:00, end: 9:00 }", "ends before"),
        ("- { code: A, start: 8:00, end: 9:00, sinonyms: [B] }", "unknown name"),
        ("- { code: A, start: 8:00, end: 9:00, default_desired: 1001 }", "from 0 to 1000"),
        ("- { code: A, start: 8:00, end: 9:00, end_day_offset: 3 }", "from 0 to 2"),
        ("- { code: A, start: 8:00, end: 9:00, study_type: TEA }", "GENERAL, BODY, NEURO"),
        ("- { code: A, start: 8:00, end: 9:00, mandatory: maybe }", "true or false"),
        ("- { code: A, start: 8:00, end: 9:00, slot_code: B }", "not listed"),
        ("- { code: A, start: 8:00, end: 9:00, synonyms: B }", "no list"),
        ("- { code: '-', start: 8:00, end: 9:00 }", "1 to 50 characters"),
        ("- { code: A, start: 8:00, end: 9:00 }\n- { code: a, start: 8:00, end: 9:00 }", "share the key"),
        ("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", "too deep"),
    ])
    func `what is no vocabulary is exit status 65 and says why`(yaml: String, why: String) throws {
        let failure = try #require(throws: CommandFailure.self) { try VocabularyFile.vocabulary(Array(yaml.utf8)) }
        #expect(failure.status == .unusableFile)
        #expect(failure.why.contains(why), "\(failure.why)")
    }

    @Test func `a file that is too large or no text is refused`() {
        for bytes in [[UInt8](repeating: 0x20, count: VocabularyFile.maxBytes + 1), [0xFF, 0xFE]] {
            #expect(throws: CommandFailure.self) { try VocabularyFile.vocabulary(bytes) }
        }
    }
}
