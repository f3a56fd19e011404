import Foundation
import Testing

@testable import TaskEvents

@Suite struct JSONValueTests {
    @Test func `members are written sorted and without blanks`() {
        let value: JSONValue = ["b": [1, nil, true], "a": ["ä": 0.5], "B": "x"]
        #expect(value.jsonText == #"{"B":"x","a":{"ä":0.5},"b":[1,null,true]}"#)
    }

    @Test(
        arguments: [
            .null, .bool(false), .integer(.min), .integer(.max), .number(-0.0), .number(1e300),
            .number(.leastNonzeroMagnitude),
            .number(3.0),
            .string("\u{0}\u{1F}\"\\/\n\r\t😀é"), .array([]), .object([:]),
            .object(["": .array([.object(["a": .null])])]),
        ] as [JSONValue])
    func `what is written reads back as the same value`(value: JSONValue) throws {
        #expect(try JSONValue(parsing: value.encoded()) == value)
    }

    @Test func `Foundation reads what is written`() throws {
        let value: JSONValue = ["text": "\u{1}\"😀", "list": [1, 2.5, nil]]
        #expect(try JSONDecoder().decode(JSONValue.self, from: Data(value.encoded())) == value)
        #expect(try JSONValue(parsing: Array(JSONEncoder().encode(value))) == value)
    }

    @Test func `numbers that JSON cannot say are null`() {
        #expect(JSONValue.array([.number(.nan), .number(.infinity)]).jsonText == "[null,null]")
    }

    @Test func `escapes and surrogate pairs are read`() throws {
        #expect(try JSONValue(parsing: #" "\u00e9\ud83d\ude00\/\b\f" "#) == .string("é😀/\u{8}\u{c}"))
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "[1 2]", "{\"a\"}", "{\"a\":1,}", "{a:1}", "{\"a\":1,\"a\":2}", "01", "1.", "-", "+1",
        "1e", "1e999",
        "nul", "nulL", "\"", "\"\\x\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\n\"",
        "1 1", "\u{FEFF}1",
        "NaN", "[", "]",
    ])
    func `what is no JSON is refused`(text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }

    @Test func `invalid UTF-8 is refused`() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xC3, 0x22]) }
    }

    @Test func `nesting is read to 64 levels and refused beyond`() throws {
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try JSONValue(parsing: deepest).arrayValue?.count == 1)
        #expect(throws: JSONError(reason: "nested deeper than 64", offset: 64)) {
            try JSONValue(parsing: "[\(deepest)]")
        }
        #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "[", count: 1_000_000)) }
    }

    @Test func `a document cut at any byte is refused`() {
        let text = Array(#"{"a":[1.5e3,"\u00e9",true,null],"b":{}}"#.utf8)
        for end in 0..<text.count {
            #expect(throws: JSONError.self) { try JSONValue(parsing: Array(text[..<end])) }
        }
    }
}
