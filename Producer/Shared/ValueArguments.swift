import ArgumentParser
import Foundation
import ScheduleModel

/// A date as an argument, `YYYY-MM-DD`.
struct DateArgument: ExpressibleByArgument {
    let date: LocalDate

    init?(argument: String) {
        guard let date = LocalDate(argument) else { return nil }
        self.date = date
    }
}

/// A moment as an argument: RFC 3339 with an offset or `Z`.
struct InstantArgument: ExpressibleByArgument {
    let date: Date

    init?(argument: String) {
        let whole = Date.ISO8601FormatStyle()
        let fraction = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        guard let date = (try? Date(argument, strategy: whole)) ?? (try? Date(argument, strategy: fraction)) else {
            return nil
        }
        self.date = date
    }
}

/// A span as an argument: `90s`, `10m`, `1h30m`, `2d`, `500ms`; a bare `0` is none.
struct DurationArgument: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        guard argument != "0" else {
            duration = .zero
            return
        }
        var milliseconds = 0.0
        var rest = argument[...]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let value = Double(number), let size = Self.milliseconds[String(unit)] else { return nil }
            milliseconds += value * size
        }
        guard milliseconds < 3.2e13 else { return nil }
        duration = .milliseconds(Int64(milliseconds.rounded()))
    }

    private static let milliseconds: [String: Double] = [
        "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000,
    ]
}

/// A version's id as an argument.
struct VersionArgument: ExpressibleByArgument {
    let id: Identifier<ScheduleVersion>

    init?(argument: String) {
        guard let id = Identifier<ScheduleVersion>(argument) else { return nil }
        self.id = id
    }
}
