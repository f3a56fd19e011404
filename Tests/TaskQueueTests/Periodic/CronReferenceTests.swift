import Foundation
import Testing

@testable import TaskQueue

/// Next runs of several hundred made-up specs, compared with a walk through every minute of the wall clock.
@Suite struct CronReferenceTests {
    /// A stretch of time in a zone, minute by minute, as Foundation's calendar shows it on the wall.
    struct Wall: Sendable, CustomTestStringConvertible {
        let zone: String
        let start: Date
        let step: TimeInterval
        let count: Int

        /// Eight days from noon UTC of a day, minute by minute.
        static func minutes(_ zone: String, _ day: String) -> Wall {
            let start = (try? Date.ISO8601FormatStyle().parse("\(day)T12:00:00Z")) ?? .distantPast
            return Wall(zone: zone, start: start, step: 60, count: 8 * 1440)
        }

        var testDescription: String { "\(zone) from \(start)" }

        func read() throws -> [Reading] {
            var calendar = Calendar(identifier: .gregorian)
            calendar.timeZone = try #require(TimeZone(identifier: zone))
            return (0..<count).map { index in
                let moment = start + Double(index) * step
                let parts = calendar.dateComponents([.month, .day, .hour, .minute, .second, .weekday], from: moment)
                return Reading(
                    moment: moment,
                    fields: [
                        parts.minute ?? -1, parts.hour ?? -1, parts.day ?? -1, parts.month ?? -1,
                        (parts.weekday ?? 0) - 1,
                    ], isWhole: parts.second == 0)
            }
        }
    }

    struct Reading {
        let moment: Date
        let fields: [Int]
        let isWhole: Bool
    }

    /// A spec with the numbers that it is meant to name.
    struct MadeUp {
        var texts: [String] = []
        var sets: [Set<Int>] = []
        var stars: [Bool] = []

        var spec: String { texts.joined(separator: " ") }

        /// Asked a hundred thousand times, so it stops at the first field that does not fit.
        func matches(_ reading: Reading) -> Bool {
            guard reading.isWhole, sets[0].contains(reading.fields[0]), sets[1].contains(reading.fields[1]),
                sets[3].contains(reading.fields[3])
            else { return false }
            let (day, weekday) = (sets[2].contains(reading.fields[2]), sets[4].contains(reading.fields[4]))
            return stars[2] || stars[4] ? day && weekday : day || weekday
        }
    }

    static let walls: [Wall] = [
        .minutes("UTC", "2028-02-24"), .minutes("America/New_York", "2030-03-05"),
        .minutes("America/New_York", "2030-10-29"), .minutes("Europe/Berlin", "2030-03-27"),
        .minutes("Europe/Berlin", "2030-10-22"), .minutes("Australia/Lord_Howe", "2030-04-02"),
        .minutes("Australia/Lord_Howe", "2030-10-01"), .minutes("Asia/Beirut", "2030-03-26"),
        .minutes("America/Havana", "2030-03-05"), .minutes("America/Havana", "2030-10-29"),
        .minutes("Asia/Kathmandu", "2030-12-27"), .minutes("Pacific/Apia", "2011-12-25"),
        .minutes("America/St_Johns", "2010-11-03"), .minutes("America/Sao_Paulo", "2018-10-30"),
    ]

    @Test(arguments: walls)
    func `item 65: specs run exactly when the wall clock shows their fields`(wall: Wall) throws {
        let readings = try wall.read()
        let end = try #require(readings.last?.moment)
        var random = Seeded(state: UInt64(bitPattern: Int64(wall.start.timeIntervalSince1970)))
        for _ in 0..<20 {
            let madeUp = Self.makeUp(&random)
            // From the start, and from shortly before the middle, where the clock changes.
            for offset in [0, readings.count / 2] {
                let from = readings[offset].moment
                let expected = readings[offset...].lazy.filter { madeUp.matches($0) && $0.moment > from }.prefix(60)
                let schedule = try CronSchedule("TZ=\(wall.zone) \(madeUp.spec)")
                var runs: [Date] = []
                var moment = from
                while runs.count < 60, let next = schedule.next(after: moment), next <= end {
                    runs.append(next)
                    moment = next
                }
                #expect(runs == expected.map(\.moment), "\(madeUp.spec) from \(from)")
            }
        }
    }

    @Test func `item 65: over six years, days and months are those of the calendar`() throws {
        let start = try Date.ISO8601FormatStyle().parse("2027-06-01T00:00:00Z")
        let readings = try Wall(zone: "UTC", start: start, step: 86_400, count: 6 * 366).read()
        var random = Seeded(state: 65)
        for _ in 0..<200 {
            var madeUp = Self.makeUp(&random)
            (madeUp.texts[0], madeUp.sets[0], madeUp.texts[1], madeUp.sets[1]) = ("0", [0], "0", [0])
            let schedule = try CronSchedule(madeUp.spec)
            let expected = readings.dropFirst().first(where: madeUp.matches).map(\.moment)
            // The search ends with 2032; the readings go on into 2033.
            let limit = try Date.ISO8601FormatStyle().parse("2033-01-01T00:00:00Z")
            #expect(schedule.next(after: start) == expected.flatMap { $0 < limit ? $0 : nil }, "\(madeUp.spec)")
        }
    }

    private static func makeUp(_ random: inout Seeded) -> MadeUp {
        var madeUp = MadeUp()
        let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
        for (index, range) in [0...59, 0...23, 1...31, 1...12, 0...6].enumerated() {
            let names = index == 3 ? months : index == 4 ? days : []
            // Months and days of the week are stars more often, or hardly any run would fall into eight days.
            let starShare = [2, 4, 4, 8, 5][index]
            var (texts, set, isStar): ([String], Set<Int>, Bool) = ([], [], false)
            for _ in 0...random.below(3) {
                let (low, high) = (Int(random.below(range.count)), Int(random.below(range.count)))
                let (from, to) = (range.lowerBound + min(low, high), range.lowerBound + max(low, high))
                let step = 1 + random.below(7)
                func name(_ number: Int) -> String {
                    guard !names.isEmpty, random.below(2) == 0 else { return "\(number)" }
                    let name = names[number - range.lowerBound]
                    return random.below(2) == 0 ? name : name.uppercased()
                }
                func numbers(_ range: ClosedRange<Int>, _ step: Int) -> Set<Int> {
                    Set(range.filter { ($0 - range.lowerBound) % step == 0 })
                }
                switch random.below(10) {
                case ..<starShare:
                    texts.append(random.below(4) == 0 ? "?" : "*")
                    (set, isStar) = (set.union(range), true)
                case 8:
                    texts.append("*/\(step)")
                    (set, isStar) = (set.union(numbers(range, step)), isStar || step == 1)
                case 9 where step > 3:
                    texts.append("\(name(from))/\(step)")
                    set.formUnion(numbers(from...range.upperBound, step))
                case 9:
                    texts.append("\(name(from))-\(name(to))/\(step)")
                    set.formUnion(numbers(from...to, step))
                case 7:
                    texts.append("\(name(from))-\(name(to))")
                    set.formUnion(from...to)
                default:
                    texts.append(name(from))
                    set.insert(from)
                }
            }
            madeUp.texts.append(texts.joined(separator: ","))
            madeUp.sets.append(set)
            madeUp.stars.append(isStar)
        }
        return madeUp
    }
}

/// Numbers that are the same in every run (SplitMix64).
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}
