import Foundation
import ScheduleModel
import TaskEvents
import Testing

@testable import schedcu

@Suite struct `Messages of a check in JSON` {
    private static let messages = [
        ValidationMessage(
            .error, "INVALID_VALUE", "not a number", timestamp: Date(timeIntervalSince1970: 1_772_755_200)),
        ValidationMessage(
            .warning, "UNMAPPED_VALUE", "a \u{202E} word", field: "Date",
            location: .cell(sheet: "Plan \u{1F4C5}", row: 5, column: 28),
            details: ["expected": "one", "actual": "\"two\""],
            timestamp: Date(timeIntervalSince1970: 951_868_799.999)),
        ValidationMessage(
            .info, "DUPLICATE_BATCH", "", location: MessageLocation(row: 1), details: [:],
            timestamp: Date(timeIntervalSince1970: -1)),
        ValidationMessage(.info, "A", "b", location: MessageLocation(), timestamp: Date(timeIntervalSince1970: 0)),
    ]

    @Test(arguments: messages)
    func `a message is what the encoder makes of it`(message: ValidationMessage) throws {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        #expect(message.json == (try JSONValue(parsing: Array(try encoder.encode(message)))))
    }
}
