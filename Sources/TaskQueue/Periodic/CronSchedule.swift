public import Foundation

/// When a periodic task runs: a cron spec, read as robfig/cron v3's standard parser reads it.
///
/// A spec is `minute hour day-of-month month day-of-week`, a descriptor (`@hourly`, `@daily`, `@midnight`, `@weekly`,
/// `@monthly`, `@yearly`, `@annually`), or `@every <duration>` in Go's notation. `CRON_TZ=<zone> ` or `TZ=<zone> ` may come
/// first. With `allowsSeconds` a sixth field may come before the others, the second. Fields take numbers, names (`jan`, `sun`; any case), `*`, `?`, lists, ranges and steps; Sunday is 0, never 7.
///
/// - Day of month and day of week: if one of them is a star both must match, otherwise either.
/// - A local time that a clock change skips does not run on that day; one that comes twice runs twice.
/// - `@every` counts whole seconds, at least 1, from when the scheduler started.
///
/// Source: asynq-wire section 5.
public struct CronSchedule: Sendable, Hashable {
    enum Rule: Sendable, Hashable {
        /// Seconds, 1 or more.
        case every(Int64)
        case fields(CronFields, TimeZone)
    }

    /// The spec as it was given.
    public let spec: String
    let rule: Rule

    private static let zonePrefixes = ["CRON_TZ=", "TZ="]

    /// Reads a spec.
    ///
    /// - Parameters:
    ///   - spec: The text.
    ///   - defaultZone: The zone of a spec that names none; UTC unless told, as in asynq.
    ///   - allowsSeconds: Whether six fields are taken too, the second first; five then run at second 0. asynq takes five.
    /// - Throws: ``CronError`` with what is wrong and where.
    public init(
        _ spec: String, defaultZone: TimeZone = .gmt, allowsSeconds: Bool = false
    ) throws(CronError) {
        self.spec = spec
        guard !spec.isEmpty else { throw CronError(.empty, "spec", found: spec, "is empty") }
        var zone = defaultZone
        var rest = spec[...]
        if let prefix = Self.zonePrefixes.first(where: spec.hasPrefix) {
            guard let space = spec.firstIndex(of: " ") else {
                throw CronError(
                    .zoneWithoutSchedule, "zone", found: spec, "must be followed by a space and a schedule")
            }
            let name = spec[..<space].dropFirst(prefix.count)
            guard let named = CronZone.named(name) else {
                throw CronError(.unknownZone, "zone", found: name, "is not in the time zone database")
            }
            zone = named
            rest = spec[space...].trimmed
        }
        rule =
            rest.hasPrefix("@")
            ? try Self.descriptor(rest, zone) : .fields(try CronFields(rest, allowsSeconds: allowsSeconds), zone)
    }

    private static func descriptor(_ text: Substring, _ zone: TimeZone) throws(CronError) -> Rule {
        switch text {
        case "@yearly", "@annually": return .fields(try CronFields("0 0 1 1 *"), zone)
        case "@monthly": return .fields(try CronFields("0 0 1 * *"), zone)
        case "@weekly": return .fields(try CronFields("0 0 * * 0"), zone)
        case "@daily", "@midnight": return .fields(try CronFields("0 0 * * *"), zone)
        case "@hourly": return .fields(try CronFields("0 * * * *"), zone)
        default: break
        }
        let every = "@every "
        guard text.hasPrefix(every) else {
            throw CronError(
                .unknownDescriptor, "descriptor", found: text, "is not known; descriptors are in lower case")
        }
        guard let nanoseconds = GoDuration.nanoseconds(text.dropFirst(every.count)) else {
            throw CronError(
                .invalidDuration, "descriptor", found: text, "needs a duration in Go's notation, such as 1h30m")
        }
        return .every(max(1, nanoseconds / 1_000_000_000))
    }
}

/// The fields of a spec.
struct CronFields: Sendable, Hashable {
    /// Second 0 alone unless the spec has a field for it.
    let seconds: CronValues
    let minutes: CronValues
    let hours: CronValues
    let days: CronValues
    let months: CronValues
    let weekdays: CronValues

    /// Reads five fields that are set apart by white space, or six, the second first, if that is allowed.
    init(_ text: some StringProtocol, allowsSeconds: Bool = false) throws(CronError) {
        var parts = text.split(whereSeparator: \.isWhitespace)
        guard parts.count == 5 || allowsSeconds && parts.count == 6 else {
            let wanted = allowsSeconds ? "5, or 6 with the second first" : "5"
            throw CronError(.fieldCount, "spec", found: text, "has \(parts.count) fields, and a schedule has \(wanted)")
        }
        seconds =
            try parts.count == 6
            ? CronField.second.values(parts.removeFirst()) : CronValues(0...0, step: 1, isStar: false)
        minutes = try CronField.minute.values(parts[0])
        hours = try CronField.hour.values(parts[1])
        days = try CronField.day.values(parts[2])
        months = try CronField.month.values(parts[3])
        weekdays = try CronField.weekday.values(parts[4])
    }

    /// Whether the schedule runs on that day.
    func matches(_ day: CivilDay) -> Bool {
        guard months.contains(day.month) else { return false }
        let (byDay, byWeekday) = (days.contains(day.day), weekdays.contains(day.weekday))
        return days.isStar || weekdays.isStar ? byDay && byWeekday : byDay || byWeekday
    }
}

extension Substring {
    /// The text without white space at its ends.
    fileprivate var trimmed: Substring {
        var rest = drop(while: \.isWhitespace)
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }
}
