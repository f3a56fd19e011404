import Postgres
import Testing

@Suite struct PostgresQueryTests {
    @Test func `interpolated values become placeholders and never text`() {
        let name = "x'; DROP TABLE persons; --"
        let query: PostgresQuery = "SELECT * FROM persons WHERE name = \(name) AND active = \(true)"
        #expect(query.sql == "SELECT * FROM persons WHERE name = $1 AND active = $2")
        #expect(query.parameters.map(query.text) == [Array(name.utf8), Array("t".utf8)])
        #expect(query.parameters.map(\.type) == [.text, .bool])
    }

    @Test func `a value that is used twice is bound twice`() {
        let id = 7
        let query: PostgresQuery = "SELECT \(id), \(id)"
        #expect(query.sql == "SELECT $1, $2")
        #expect(query.parameters.count == 2)
    }

    @Test func `nil is NULL of its type`() {
        let day: PostgresDate? = nil
        let query: PostgresQuery = "SELECT \(day), \([1, nil] as [Int?])"
        #expect(query.parameters.map(query.text) == [nil, Array("{1,NULL}".utf8)])
        #expect(query.parameters.map(\.type) == [.date, .int8.array])
    }

    @Test func `program text stands as it is`() {
        let query: PostgresQuery = "SELECT \(literal: "id, name") FROM persons WHERE id = \(1)"
        #expect(query.sql == "SELECT id, name FROM persons WHERE id = $1")
    }

    @Test func `a description shows no value`() {
        let query: PostgresQuery = "SELECT \("secret")"
        #expect("\(query)" == "SELECT $1")
    }
}
