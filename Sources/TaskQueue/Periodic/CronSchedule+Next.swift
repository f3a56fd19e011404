public import Foundation

extension CronSchedule {
    /// How far ahead a run is looked for: to the end of the fifth year after this one, as in robfig/cron.
    private static let searchYears: Int64 = 5

    /// The next run.
    ///
    /// It is the first moment after `date` whose local time has the schedule's fields. robfig/cron gives the same, except
    /// that it loses runs on days whose clock change is at midnight east of Greenwich, or is not of whole hours.
    ///
    /// - Parameter date: The moment before; a run at that very moment is past.
    /// - Returns: A whole second; `nil` when there is none within five years, as for 30 February.
    public func next(after date: Date) -> Date? {
        let second = UnixTime.seconds(date)
        switch rule {
        case .every(let seconds):
            return Date(timeIntervalSince1970: Double(second) + Double(seconds))
        case .fields(let fields, let zone):
            return Self.next(from: second + 1, fields, zone).map { Date(timeIntervalSince1970: Double($0)) }
        }
    }

    /// The next run where all schedulers of a fleet must agree on it: `@every` runs at each multiple of its interval since 1970.
    func nextOfFleet(after date: Date) -> Date? {
        guard case .every(let seconds) = rule else { return next(after: date) }
        let passed = UnixTime.seconds(date).dividedRoundingDown(by: seconds)
        return Date(timeIntervalSince1970: Double((passed + 1) * seconds))
    }

    /// Which run of the schedule a due moment is, in Unix seconds: equal for all schedulers of a fleet.
    ///
    /// The phase of `@every` is each scheduler's own, so there it is the moment rounded down to a multiple of the interval.
    func tick(of due: Date) -> Int64 {
        let second = UnixTime.seconds(due)
        guard case .every(let seconds) = rule else { return second }
        return second.dividedRoundingDown(by: seconds) * seconds
    }

    /// Goes from one clock change to the next; between two of them local time is plain arithmetic.
    private static func next(from start: Int64, _ fields: CronFields, _ zone: TimeZone) -> Int64? {
        var second = start
        let lastYear = CivilDay(local: second + zone.offset(at: second)).year + searchYears
        while true {
            let offset = zone.offset(at: second)
            guard let local = fields.firstLocal(from: second + offset, lastYear: lastYear) else { return nil }
            let found = local - offset
            guard let change = zone.offsetChange(after: second, through: found) else { return found }
            second = change
        }
    }
}

extension CronFields {
    /// The first local time at or after `local` that has these fields; `nil` when there is none up to `lastYear`.
    ///
    /// Both are seconds since 1970-01-01 00:00 on the local clock.
    fileprivate func firstLocal(from local: Int64, lastYear: Int64) -> Int64? {
        var day = CivilDay(local: local)
        var secondOfDay = Int(local - day.number * 86_400)
        while day.year <= lastYear {
            if matches(day), let found = firstSecond(from: secondOfDay) { return day.number * 86_400 + Int64(found) }
            day = months.contains(day.month) ? day.next : day.firstOfNextMonth
            secondOfDay = 0
        }
        return nil
    }

    /// The first second of a day, 0 to 86,399, at or after `second`.
    private func firstSecond(from second: Int) -> Int? {
        let minute = second / 60
        if firstMinute(from: minute) == minute, let found = seconds.first(from: second % 60) {
            return minute * 60 + found
        }
        guard let later = firstMinute(from: minute + 1), let found = seconds.first(from: 0) else { return nil }
        return later * 60 + found
    }

    /// The first minute of a day, 0 to 1439, at or after `minute`.
    private func firstMinute(from minute: Int) -> Int? {
        let hour = minute / 60
        if hours.contains(hour), let found = minutes.first(from: minute % 60) { return hour * 60 + found }
        guard let later = hours.first(from: hour + 1), let found = minutes.first(from: 0) else { return nil }
        return later * 60 + found
    }
}

extension CivilDay {
    /// The day of a local time in seconds since 1970-01-01 00:00 on the local clock.
    fileprivate init(local: Int64) { self.init(number: local.dividedRoundingDown(by: 86_400)) }
}

extension TimeZone {
    /// How far apart clock changes are looked for, in seconds: 3 days.
    ///
    /// From 1970 to 2052 no zone of the database keeps an offset for less than 7 (Recife in 2000, Gaza in 2040).
    private static let lookAhead: Int64 = 3 * 86_400

    fileprivate func offset(at second: Int64) -> Int64 {
        Int64(secondsFromGMT(for: Date(timeIntervalSince1970: Double(second))))
    }

    /// The first moment after `start`, up to `end`, with another offset than `start` has.
    fileprivate func offsetChange(after start: Int64, through end: Int64) -> Int64? {
        let offset = offset(at: start)
        var low = start
        while low < end {
            var high = min(low + Self.lookAhead, end)
            guard self.offset(at: high) != offset else {
                low = high
                continue
            }
            while high - low > 1 {
                let middle = low + (high - low) / 2
                if self.offset(at: middle) == offset { low = middle } else { high = middle }
            }
            return high
        }
        return nil
    }
}
