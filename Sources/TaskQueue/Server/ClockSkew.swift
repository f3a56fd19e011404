import Foundation

/// How far this machine's clock is from Redis's, and what a server does about it.
///
/// Leases and delays are written by each process's own clock, as in asynq (spec W21): a clock that is 30 s off makes the
/// fleet recover tasks that still run.
struct ClockSkew: Equatable, Sendable {
    /// What a server does.
    enum Verdict: Equatable {
        /// The clocks agree.
        case accepted
        /// It works, and says so in the log.
        case warned
        /// It does not start.
        case refused
    }

    /// Beyond this the log says so: delays are off by as much.
    static let warningLimit = Duration.seconds(5)
    /// Beyond this a server does not start: asynq's recoverers allow for 30 s.
    static let refusalLimit = Duration.seconds(30)

    /// How far the clocks are apart for certain, the time that asking took left out.
    let certain: Duration
    /// Whether this machine's clock is ahead of Redis's.
    let isAhead: Bool

    /// Compares.
    ///
    /// - Parameters:
    ///   - storeTime: What Redis answered.
    ///   - asked: This machine's clock before the question.
    ///   - answered: This machine's clock after the answer.
    init(storeTime: Date, asked: Date, answered: Date) {
        // Redis read its clock at some moment between the two, so only what lies outside them is certain.
        let (first, last) = (min(asked, answered), max(asked, answered))
        let ahead = first.timeIntervalSince(storeTime)
        let behind = storeTime.timeIntervalSince(last)
        isAhead = ahead > 0
        certain = .seconds(max(ahead, behind, 0))
    }

    /// What a server does about it.
    var verdict: Verdict {
        if certain > Self.refusalLimit { return .refused }
        return certain > Self.warningLimit ? .warned : .accepted
    }

    /// The text to log and to show.
    var text: String {
        let seconds = Int(certain.timeInterval.rounded())
        return "this machine's clock is \(seconds) s \(isAhead ? "ahead of" : "behind") Redis's"
    }
}
