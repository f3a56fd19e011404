import Foundation
import ScheduleModel
import Testing

@Suite struct ValidationMessageTests {
    private static let moment = Date(timeIntervalSince1970: 1_772_762_400)

    private func json(_ message: ValidationMessage) throws -> String {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(message), as: UTF8.self)
    }

    @Test func `a message has the one shape of the specification`() throws {
        let message = ValidationMessage(
            .error, "INVALID_VALUE", "required staffing is not an integer", field: "RequiredStaffing",
            location: .cell(sheet: "Sheet1", row: 4, column: 3),
            details: ["expected": "integer 1...1000", "actual": "twenty"], timestamp: Self.moment)
        #expect(
            try json(message)
                == #"{"code":"INVALID_VALUE","details":{"actual":"twenty","expected":"integer 1...1000"},"#
                + #""field":"RequiredStaffing","location":{"cell":"C4","column":3,"row":4,"sheet":"Sheet1"},"#
                + #""message":"required staffing is not an integer","severity":"ERROR","#
                + #""timestamp":"2026-03-06T02:00:00Z"}"#)
    }

    @Test func `what a message does not have is left out, not null`() throws {
        let message = ValidationMessage(.info, "DUPLICATE_BATCH", "seen before", timestamp: Self.moment)
        #expect(
            try json(message)
                == #"{"code":"DUPLICATE_BATCH","message":"seen before","severity":"INFO","#
                + #""timestamp":"2026-03-06T02:00:00Z"}"#)
    }

    @Test(arguments: ["ERROR", "error", "Error", "eRRoR"])
    func `a severity is read in any case and written upper case`(text: String) throws {
        let severity = try JSONDecoder().decode([Severity].self, from: Data("[\"\(text)\"]".utf8))
        #expect(severity == [.error])
        #expect(String(decoding: try JSONEncoder().encode(severity), as: UTF8.self) == #"["ERROR"]"#)
    }

    @Test func `an unknown severity is refused`() {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([Severity].self, from: Data(#"["FATAL"]"#.utf8))
        }
    }

    @Test(arguments: [
        ("a\nb", #"a\nb"#), ("a\r\nb", #"a\r\nb"#), ("\t", #"\t"#), ("a\u{0}b", #"a\0b"#),
        ("\u{1B}[31m", #"\u{1B}[31m"#),
        ("x\u{7F}y", #"x\u{7F}y"#), ("x\u{85}y", #"x\u{0085}y"#), ("ünd€😀\"'\\", "ünd€😀\"'\\"),
    ])
    func `control characters are escaped and all others stay`(text: String, escaped: String) {
        #expect(ValidationMessage.escaped(text, limit: 120) == escaped)
        let message = ValidationMessage(.error, "INVALID_VALUE", "bad", details: ["actual": text])
        #expect(message.details?["actual"] == escaped)
    }

    @Test func `a message's own text holds no control character`() {
        let message = ValidationMessage(.warning, "INVALID_SHEET_NAME", "sheet \r\n\u{85} is odd")
        #expect(!message.message.unicodeScalars.contains { $0.properties.generalCategory == .control })
    }

    @Test func `quoted values are cut to 120 characters`() throws {
        let whole = String(repeating: "ä", count: 120)
        let message = ValidationMessage(
            .error, "INVALID_VALUE", "bad",
            details: ["whole": whole, "long": whole + "b", "controls": String(repeating: "\u{1}", count: 500)])
        let details = try #require(message.details)
        #expect(details["whole"] == whole)
        #expect(details["long"]?.count == 120)
        #expect(details["long"]?.hasPrefix(String(repeating: "ä", count: 119)) == true)
        #expect(details["controls"].map { $0.count <= 120 } == true)
    }

    @Test func `columns have the letters of a spreadsheet`() {
        let names = [1, 26, 27, 52, 53, 702, 703, 1024].map { MessageLocation.columnName($0) }
        #expect(names == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA", "AMJ"])
    }

    @Test func `an error with a row rejects the row, one without fails the phase`() {
        let row = ValidationMessage(.error, "INVALID_VALUE", "bad", location: MessageLocation(row: 4))
        let phase = ValidationMessage(.error, "NO_VALID_SHEETS", "none", location: MessageLocation(sheet: "Sheet1"))
        let warning = ValidationMessage(.warning, "DUPLICATE_ENTRY", "twice", location: MessageLocation(row: 4))
        #expect([row, phase, warning].map(\.isRowError) == [true, false, false])
        #expect([row, phase, warning].map(\.isPhaseError) == [false, true, false])
    }
}
