/// One of a cron spec's fields: its name, its numbers and the words for them.
struct CronField: Sendable {
    /// How errors call it.
    let name: String
    /// The numbers it takes.
    let range: ClosedRange<Int>
    /// The number of its first word, such as `jan`.
    private let firstNamed: Int
    private let names: [String]

    static let second = CronField(name: "second", range: 0...59)
    static let minute = CronField(name: "minute", range: 0...59)
    static let hour = CronField(name: "hour", range: 0...23)
    static let day = CronField(name: "day of month", range: 1...31)
    static let month = CronField(
        name: "month", range: 1...12, firstNamed: 1,
        names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
    static let weekday = CronField(
        name: "day of week", range: 0...6, firstNamed: 0, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])

    private init(name: String, range: ClosedRange<Int>, firstNamed: Int = 0, names: [String] = []) {
        self.name = name
        self.range = range
        self.firstNamed = firstNamed
        self.names = names
    }

    /// Every number of the field, as `*` gives them.
    var all: CronValues { CronValues(range, step: 1, isStar: true) }

    /// Reads a list such as `1-5,10-20/2,*/15`.
    ///
    /// - Parameter text: The field as written; empty items of a list count for nothing, as in robfig/cron.
    /// - Returns: The numbers it names.
    /// - Throws: ``CronError`` for anything that is no list of numbers of this field.
    func values(_ text: some StringProtocol) throws(CronError) -> CronValues {
        var values: CronValues?
        for item in text.split(separator: ",") {
            let more = try self.item(item)
            values = values?.union(more) ?? more
        }
        guard let values else { throw CronError(.invalidField, name, found: text, "names no value") }
        return values
    }

    /// One item: `*`, `?`, `N`, `N-M`, each with `/step` or not; `N/step` goes on to the field's end.
    private func item(_ text: some StringProtocol) throws(CronError) -> CronValues {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { throw CronError(.invalidField, name, found: text, "has more than one step") }
        let step = try parts.count == 2 ? self.step(parts[1]) : 1
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        // robfig/cron looks no further once a range begins with a star.
        if ends[0] == "*" || ends[0] == "?" { return CronValues(range, step: step, isStar: step == 1) }
        guard ends.count <= 2 else { throw CronError(.invalidField, name, found: text, "has more than one hyphen") }
        let low = try number(ends[0])
        let high = try ends.count == 2 ? number(ends[1]) : parts.count == 2 ? range.upperBound : low
        guard low <= high else {
            throw CronError(.wrappedRange, name, found: text, "ends before it begins; write it as two ranges")
        }
        return CronValues(low...high, step: step, isStar: false)
    }

    private func step(_ text: some StringProtocol) throws(CronError) -> Int {
        guard let step = Int(text), step > 0 else {
            throw CronError(.invalidStep, name, found: text, "a step is a number from 1")
        }
        return step
    }

    private func number(_ text: some StringProtocol) throws(CronError) -> Int {
        if let index = names.firstIndex(of: text.lowercased()) { return firstNamed + index }
        guard let number = Int(text) else {
            throw CronError(.invalidField, name, found: text, names.isEmpty ? "is no number" : "is no number or name")
        }
        guard range.contains(number) else {
            throw CronError(
                .outOfRange, name, found: text, "takes \(range.lowerBound) to \(range.upperBound) only")
        }
        return number
    }
}

/// The numbers that a field of a spec names.
struct CronValues: Sendable, Hashable {
    private let bits: UInt64
    /// Whether a `*` or `?` without a step above 1 is among its items.
    let isStar: Bool

    private init(bits: UInt64, isStar: Bool) {
        self.bits = bits
        self.isStar = isStar
    }

    /// Every `step`-th number of a range, from its lower end; numbers are 0 to 63.
    init(_ range: ClosedRange<Int>, step: Int, isStar: Bool) {
        var bits: UInt64 = 0
        var number = range.lowerBound
        while number <= range.upperBound {
            bits |= 1 << UInt64(number)
            guard step <= range.upperBound - number else { break }
            number += step
        }
        self.init(bits: bits, isStar: isStar)
    }

    func union(_ other: CronValues) -> CronValues {
        CronValues(bits: bits | other.bits, isStar: isStar || other.isStar)
    }

    func contains(_ number: Int) -> Bool { bits >> UInt64(number) & 1 == 1 }

    /// The smallest number that is not below `number`.
    func first(from number: Int) -> Int? {
        guard number < 64 else { return nil }
        let rest = bits >> UInt64(number)
        return rest == 0 ? nil : number + rest.trailingZeroBitCount
    }
}
