/// Why a cron spec was refused: what is wrong and where.
public struct CronError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of mistake it is.
    ///
    /// New codes may be added, so a `switch` over them needs a `default`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String {
            case empty, fieldCount, invalidField, outOfRange, wrappedRange, invalidStep, unknownDescriptor
            case invalidDuration, unknownZone, zoneWithoutSchedule, neverRuns
        }

        private let base: Base

        private init(_ base: Base) { self.base = base }

        /// There is nothing in it.
        public static let empty = Self(.empty)
        /// It has not five fields; or, where seconds are allowed, neither five nor six.
        public static let fieldCount = Self(.fieldCount)
        /// A field is no number, name, list, range or step.
        public static let invalidField = Self(.invalidField)
        /// A number is not one of its field's, such as weekday 7.
        public static let outOfRange = Self(.outOfRange)
        /// A range ends before it begins.
        public static let wrappedRange = Self(.wrappedRange)
        /// A step is 0 or no number.
        public static let invalidStep = Self(.invalidStep)
        /// A word after `@` is none that is known; they are case-sensitive.
        public static let unknownDescriptor = Self(.unknownDescriptor)
        /// What follows `@every ` is no duration in Go's notation.
        public static let invalidDuration = Self(.invalidDuration)
        /// The zone of `CRON_TZ=` or `TZ=` is not in the time zone database.
        public static let unknownZone = Self(.unknownZone)
        /// Nothing follows the zone of `CRON_TZ=` or `TZ=`.
        public static let zoneWithoutSchedule = Self(.zoneWithoutSchedule)
        /// It has no run within five years, such as on 30 February; only a scheduler refuses that.
        public static let neverRuns = Self(.neverRuns)

        /// The code's name.
        public var description: String { base.rawValue }
    }

    /// The kind of mistake.
    public let code: Code
    /// Where it is: a field such as `minute`, or `zone`, `descriptor`, `spec`.
    public let place: String
    /// What was found there, cut off at 60 characters.
    public let found: String
    /// What is wrong with it.
    public let reason: String

    /// The text to log and to show.
    public var description: String { "\(place) \"\(found)\": \(reason)" }

    /// A schedule that is well-formed and has no run.
    static func neverRuns(_ spec: String) -> Self {
        Self(
            .neverRuns, "spec", found: spec, "has no run within five years, as 30 February has none; mend day and month"
        )
    }

    /// Names a mistake.
    init(_ code: Code, _ place: String, found: some StringProtocol, _ reason: String) {
        self.code = code
        self.place = place
        self.found = String(found.prefix(60))
        self.reason = reason
    }
}
