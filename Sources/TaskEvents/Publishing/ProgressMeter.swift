import Foundation

/// One progress report as it came in; most are replaced by the next before anything is made of them.
struct ProgressReport: Sendable {
    /// The phase's name.
    let phase: String
    /// How much is done.
    let done: Int
    /// How much there is; `nil` while unknown.
    let total: Int?
    /// What is counted.
    let unit: String
    /// What else is counted, by name.
    var counts: [String: Int] = [:]
    /// When it was reported, by the wall clock.
    let at: Date
    /// When it was reported, by the timeline.
    let moment: Duration
}

/// Works out how fast a phase goes and how long it still takes: pure, with the time passed in.
struct ProgressMeter {
    private var phase: String?
    private var start: (moment: Duration, done: Int) = (.zero, 0)

    /// A phase begins: what is done from here on makes its rate.
    mutating func begin(_ phase: String, now: Duration) {
        self.phase = phase
        start = (now, 0)
    }

    /// Notes a report; the first of a phase that nobody began is where its rate counts from.
    mutating func observe(_ phase: String, done: Int, now: Duration) {
        guard self.phase != phase else { return }
        self.phase = phase
        start = (now, done)
    }

    /// The keys of a progress event for the newest report observed.
    ///
    /// `rate` is the phase's mean per second since it began, 0 while no time has passed; `eta_s` is in whole seconds,
    /// rounded up, and null while the total or the rate is unknown.
    ///
    /// - Parameter report: The report.
    /// - Returns: The kind's own keys.
    func body(of report: ProgressReport) -> [String: JSONValue] {
        var rate = 0.0
        if report.moment > start.moment, report.done > start.done {
            let perSecond = (Double(report.done) - Double(start.done)) / ((report.moment - start.moment) / .seconds(1))
            rate = (perSecond * 10).rounded() / 10  // one decimal: a person reads it
        }
        var eta = JSONValue.null
        if let total = report.total, report.done >= total {
            eta = 0
        } else if let total = report.total, rate > 0,
            let seconds = Int64(exactly: ((Double(total) - Double(report.done)) / rate).rounded(.up))
        {
            eta = .integer(seconds)
        }
        let body: [String: JSONValue] = [
            "phase": .string(report.phase), "done": .integer(Int64(report.done)),
            "total": report.total.map { .integer(Int64($0)) } ?? .null, "unit": .string(report.unit),
            "rate": .number(rate), "eta_s": eta,
        ]
        return body.merging(report.counts.mapValues { .integer(Int64($0)) }) { kept, _ in kept }
    }
}
