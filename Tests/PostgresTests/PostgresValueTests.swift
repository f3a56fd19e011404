import Foundation
import Postgres
import PostgresTestSupport
import Testing

@Suite(.requiresPostgres, .postgresSchema, .timeLimit(.minutes(1))) struct PostgresValueTests {
    let pool: PostgresPool

    init() throws { pool = try #require(PostgresSchemaTrait.current).pool }

    /// Sends a value to the server and reads it back.
    private func roundTrip<Value: PostgresEncodable & PostgresDecodable>(_ value: Value) async throws -> Value {
        let row = try #require(try await pool.query("SELECT \(value) AS value", operation: "round-trip").first)
        return try row.decode(Value.self, "value")
    }

    @Test func `numbers and booleans survive at their limits`() async throws {
        for value in [Int.min, -1, 0, .max] { #expect(try await roundTrip(value) == value) }
        for value in [Int64.min, .max] { #expect(try await roundTrip(value) == value) }
        for value in [Int32.min, .max] { #expect(try await roundTrip(value) == value) }
        for value in [Int16.min, .max] { #expect(try await roundTrip(value) == value) }
        for value in [0, -0.1, 1 / 3, .greatestFiniteMagnitude, .leastNonzeroMagnitude, -.infinity] {
            #expect(try await roundTrip(value) == value)
        }
        #expect(try await roundTrip(Double.nan).isNaN)
        for value in [true, false] { #expect(try await roundTrip(value) == value) }
        #expect(try await roundTrip(PostgresNumeric("99.50")) == PostgresNumeric("99.50"))
    }

    @Test(arguments: [
        "", "NULL", "it's", #"a "b" \c, {d}"#, "Zoë 🦊\n\t", "$1; --", String(repeating: "x", count: 100_000),
    ])
    func `text survives, alone and in an array`(text: String) async throws {
        #expect(try await roundTrip(text) == text)
        #expect(try await roundTrip([text, nil, text]) == [text, nil, text])
    }

    @Test(arguments: [[], [0], [0, 255, 92, 39, 34], Array(0...255)] as [[UInt8]])
    func `bytes survive, alone and in an array`(bytes: [UInt8]) async throws {
        #expect(try await roundTrip(bytes) == bytes)
        #expect(try await roundTrip([bytes, bytes]) == [bytes, bytes])
    }

    @Test(arguments: [
        (1, 1, 1), (1900, 2, 28), (1969, 12, 31), (1970, 1, 1), (2000, 2, 29), (2026, 3, 7), (9999, 12, 31),
        (0, 12, 31),
        (-43, 3, 15),
    ])
    func `calendar dates survive and agree with the server's calendar`(year: Int, month: Int, day: Int) async throws {
        let date = try #require(PostgresDate(year: year, month: month, day: day))
        #expect(try await roundTrip(date) == date)
        let row = try #require(
            try await pool.query("SELECT \(date) - '1970-01-01'::date AS days", operation: "days").first)
        #expect(try row.decode(Int.self, "days") == date.daysSince1970)
    }

    @Test func `days that do not exist are no dates`() {
        #expect(PostgresDate(year: 2026, month: 2, day: 29) == nil)
        #expect(PostgresDate(year: 1900, month: 2, day: 29) == nil)
        #expect(PostgresDate(year: 2026, month: 13, day: 1) == nil)
        #expect(PostgresDate(year: 2026, month: 4, day: 31) == nil)
    }

    @Test func `times of day run from midnight to 24 hours`() async throws {
        for seconds in [0, 1, 61, 86_399, 86_400] {
            let time = try #require(PostgresTime(secondsSinceMidnight: seconds))
            #expect(try await roundTrip(time) == time)
        }
        #expect(PostgresTime(secondsSinceMidnight: 86_401) == nil)
        let row = try #require(try await pool.query("SELECT '01:02:03.5'::time AS value", operation: "time").first)
        #expect(try row.decode(PostgresTime.self, "value").microseconds == 3_723_500_000)
    }

    @Test(arguments: [0, 0.000001, -0.000001, 1_772_900_000.123456, -62_135_596_800, -70_000_000_000, 253_402_300_799])
    func `instants survive to the microsecond`(seconds: TimeInterval) async throws {
        let date = Date(timeIntervalSince1970: seconds)
        #expect(try await roundTrip(date) == date)
        #expect(try await roundTrip([date, nil]) == [date, nil])
    }

    @Test func `an instant means the same on the server`() async throws {
        let date = Date(timeIntervalSince1970: 1_772_900_000.5)
        let rows = try await pool.query("SELECT extract(epoch FROM \(date))::text AS value", operation: "epoch")
        #expect(try rows[0].decode(String.self, "value") == "1772900000.500000")
    }

    @Test func `identifiers survive`() async throws {
        let id = UUID()
        #expect(try await roundTrip(id) == id)
        #expect(try await roundTrip([id, nil, id]) == [id, nil, id])
    }

    @Test func `JSON is stored as jsonb`() async throws {
        let json = PostgresJSON(#"{"a": "it's \"quoted\" \\ ü"}"#)
        #expect(try await roundTrip(json) == json)
        #expect(try await roundTrip([json, nil]) == [json, nil])
    }

    @Test func `NULL of every type is read as nil`() async throws {
        #expect(try await roundTrip(Int?.none) == nil)
        #expect(try await roundTrip(String?.none) == nil)
        #expect(try await roundTrip(Bool?.none) == nil)
        #expect(try await roundTrip(Double?.none) == nil)
        #expect(try await roundTrip(UUID?.none) == nil)
        #expect(try await roundTrip(Date?.none) == nil)
        #expect(try await roundTrip(PostgresDate?.none) == nil)
        #expect(try await roundTrip(PostgresTime?.none) == nil)
        #expect(try await roundTrip(PostgresJSON?.none) == nil)
        #expect(try await roundTrip([UInt8]?.none) == nil)
        #expect(try await roundTrip([String]?.none) == nil)
    }

    @Test func `arrays of the other types survive, empty and with NULL`() async throws {
        #expect(try await roundTrip([Int]()) == [])
        #expect(try await roundTrip([Int32.min, nil, 0]) == [.min, nil, 0])
        #expect(try await roundTrip([true, nil, false]) == [true, nil, false])
        #expect(try await roundTrip([1.5, nil, .infinity]) == [1.5, nil, .infinity])
        let date = try #require(PostgresDate(year: 2026, month: 3, day: 7))
        #expect(try await roundTrip([date, nil]) == [date, nil])
        let time = try #require(PostgresTime(secondsSinceMidnight: 61_200))
        #expect(try await roundTrip([time, nil]) == [time, nil])
        #expect(try await roundTrip(["", "NULL", "null", nil]) == ["", "NULL", "null", nil])
    }

    @Test func `a NUL character in text is refused, not cut off`() async throws {
        let error = await #expect(throws: PostgresError.self) { _ = try await roundTrip("a\0b") }
        #expect(error?.sqlState == "22021")
        #expect(try await roundTrip("still usable") == "still usable")
    }

    @Test func `ten thousand rows go in with one statement`() async throws {
        _ = try await pool.query(
            "CREATE TABLE items (id uuid, name text, day date, at timestamptz)", operation: "create")
        let ids = (0..<10_000).map { _ in UUID() }
        let names = ids.indices.map { $0.isMultiple(of: 7) ? nil : "name \"\($0)\", \\" }
        let days = ids.indices.map { PostgresDate(daysSince1970: $0) }
        let instants = ids.indices.map { Date(timeIntervalSince1970: Double($0)) }
        let inserted = try await pool.query(
            "INSERT INTO items SELECT * FROM unnest(\(ids), \(names), \(days), \(instants))", operation: "insert")
        #expect(inserted.affectedRows == 10_000)
        let rows = try await pool.query("SELECT * FROM items ORDER BY at", operation: "read")
        #expect(try rows.map { try $0.decode(UUID.self, "id") } == ids)
        #expect(try rows.map { try $0.decode(String?.self, "name") } == names)
        #expect(try rows.map { try $0.decode(PostgresDate.self, "day") } == days)
    }

    @Test func `a column is read only as a type that fits it`() async throws {
        let rows = try await pool.query(
            "SELECT 1 AS number, now() AS instant, NULL::text AS nothing, 5000000000 AS large, sum(1::bigint) AS sum",
            operation: "types")
        let row = rows[0]
        #expect(try row.decode(Int16.self, "number") == 1)
        #expect(try row.decode(Int.self, "sum") == 1)
        #expect(try row.decodeOptional(String.self, "nothing") == nil)
        #expect(throws: PostgresError.self) { try row.decode(String.self, "instant") }
        #expect(throws: PostgresError.self) { try row.decode(Bool.self, "number") }
        #expect(throws: PostgresError.self) { try row.decode(Int32.self, "large") }
        #expect(throws: PostgresError.self) { try row.decode(String.self, "nothing") }
        #expect(throws: PostgresError.self) { try row.decode(Int.self, "absent") }
    }
}
