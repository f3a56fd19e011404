import Foundation
import ScheduleModel
import TaskEvents

extension ValidationMessage {
    /// The one shape of domain 4.1, the same as an encoder makes.
    ///
    /// Made without one: a process that only checks a workbook keeps 3 MB of Foundation's tables out of memory.
    var json: JSONValue {
        var object: [String: JSONValue] = [
            "severity": .string(severity.rawValue), "code": .string(code.rawValue), "message": .string(message),
            "timestamp": .string(Self.text(of: timestamp)),
        ]
        object["field"] = field.map(JSONValue.string)
        object["details"] = details.map { .object($0.mapValues(JSONValue.string)) }
        object["location"] = location.map(Self.json)
        return .object(object)
    }

    private static func json(_ location: MessageLocation) -> JSONValue {
        var object: [String: JSONValue] = [:]
        object["sheet"] = location.sheet.map(JSONValue.string)
        object["row"] = location.row.map { .integer(Int64($0)) }
        object["column"] = location.column.map { .integer(Int64($0)) }
        object["cell"] = location.cell.map(JSONValue.string)
        return .object(object)
    }

    /// ISO 8601 in UTC, whole seconds.
    private static func text(of moment: Date) -> String {
        let seconds = Int(moment.timeIntervalSince1970.rounded(.down))
        let (days, ofDay) = (seconds.flooredQuotient(by: 86_400), seconds.flooredRemainder(by: 86_400))
        let parts = [ofDay / 3600, ofDay / 60 % 60, ofDay % 60].map { ($0 < 10 ? "0" : "") + "\($0)" }
        return "\(LocalDate(dayNumber: days))T\(parts.joined(separator: ":"))Z"
    }
}

extension Int {
    fileprivate func flooredQuotient(by divisor: Int) -> Int { (self - flooredRemainder(by: divisor)) / divisor }
    fileprivate func flooredRemainder(by divisor: Int) -> Int { (self % divisor + divisor) % divisor }
}
