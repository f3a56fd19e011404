import Foundation
import ScheduleModel
import Testing

@Suite struct IdentifierTests {
    @Test func `an id is lower-case text whatever it was read from`() throws {
        let id = try #require(Identifier<Hospital>("6F9D0000-0000-4000-8000-0000000000AB"))
        #expect(id.description == "6f9d0000-0000-4000-8000-0000000000ab")
        let json = try JSONEncoder().encode([id])
        #expect(String(decoding: json, as: UTF8.self) == #"["6f9d0000-0000-4000-8000-0000000000ab"]"#)
        #expect(try JSONDecoder().decode([Identifier<Hospital>].self, from: json) == [id])
    }

    @Test(arguments: ["00000000-0000-0000-0000-000000000000", "", "6f9d", "6f9d0000000040008000000000000000ab"])
    func `the nil UUID and anything that is no UUID count as absent`(text: String) {
        #expect(Identifier<Hospital>(text) == nil)
    }

    @Test func `the system user is the reserved id`() {
        #expect(Identifier<User>.system.description == "00000000-0000-0000-0000-000000000001")
    }

    @Test func `ids are in the order of their text`() throws {
        let texts = ["0b000000-0000-4000-8000-000000000000", "a0000000-0000-4000-8000-000000000000"]
        let ids = try texts.map { try #require(Identifier<Person>($0)) }
        #expect(ids[0] < ids[1])
        #expect(ids.reversed().sorted() == ids)
    }
}
