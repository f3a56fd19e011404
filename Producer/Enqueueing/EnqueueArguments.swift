import ArgumentParser
import Foundation
import ScheduleModel
import ScheduleTasks
import TaskQueue

/// How a task is enqueued: the options that all four enqueueing commands share.
struct EnqueueArguments: ParsableArguments {
    @Flag(help: "Watch the task until it is done; the exit status is its outcome.")
    var watch = false

    @Flag(help: "Check everything and write nothing.")
    var dryRun = false

    @Option(help: ArgumentHelp("The task's id, unique in its queue; a random one unless given.", valueName: "id"))
    var taskID: String?

    @Option(help: ArgumentHelp("When to run, such as 2026-03-06T02:00:00Z.", valueName: "instant"))
    var at: InstantArgument?

    @Option(
        name: .customLong("in"),
        help: ArgumentHelp("How long from now to run, such as 90s or 1h30m.", valueName: "duration"))
    var delay: DurationArgument?

    @Option(help: ArgumentHelp("Refuse the same task for so long, or until it is done.", valueName: "duration"))
    var unique: DurationArgument?

    @Option(help: ArgumentHelp("How long the finished task is kept; 24h unless given.", valueName: "duration"))
    var retention: DurationArgument?

    /// Refuses what cannot go together.
    func validate() throws {
        if at != nil, delay != nil { throw ValidationError("give --at or --in, not both") }
        if let taskID, taskID.allSatisfy(\.isWhitespace) { throw ValidationError("--task-id must not be blank") }
        if let unique, unique.duration < .seconds(1) { throw ValidationError("--unique is at least 1s") }
    }

    /// The queue's options for a task.
    ///
    /// - Parameters:
    ///   - type: The task's type.
    ///   - id: The task's id.
    ///   - queue: The queue.
    ///   - months: How many months are scraped, when known.
    /// - Returns: The type's own options with what was asked for.
    func options(type: ScheduleTaskType, id: String, queue: String, months: Int?) -> EnqueueOptions {
        var options = type.options(taskID: id, queue: queue, months: months)
        options.processAt = at?.date
        options.processIn = delay?.duration
        options.unique = unique?.duration
        if let retention { options.retention = retention.duration }
        return options
    }
}

/// The period that a task is about.
struct PeriodArguments: ParsableArguments {
    @Option(help: ArgumentHelp("The first day, YYYY-MM-DD.", valueName: "date"))
    var from: DateArgument?

    @Option(help: ArgumentHelp("The last day, YYYY-MM-DD.", valueName: "date"))
    var to: DateArgument?

    /// Refuses half a period and one that ends before it starts.
    func validate() throws {
        guard (from == nil) == (to == nil) else { throw ValidationError("give --from and --to together") }
        if let from, let to, to.date < from.date { throw ValidationError("--to is before --from (INVALID_DATE_RANGE)") }
    }

    /// The period; `nil` when none was asked for.
    var range: DateRange? {
        guard let from, let to else { return nil }
        return DateRange(from.date, to.date)
    }

    /// Puts the period into a payload.
    func fill(_ payload: inout SchedulePayload) {
        payload.startDate = from?.date
        payload.endDate = to?.date
    }
}

/// How a workbook is read.
struct ImportArguments: ParsableArguments {
    @Option(help: "The layout that is demanded: auto, list or grid.")
    var layout: LayoutArgument?

    @Flag(help: "Keep nothing when a row is bad.")
    var noPartial = false

    @Option(
        help: ArgumentHelp(
            "Stop when more than this share of the rows is bad, 0 to 1; 0.5 unless given.", valueName: "share"))
    var maxErrorRate: Double?

    @Flag(help: "Import identical bytes again, and ignore checkpoints of the scrape.")
    var force = false

    /// Refuses a share outside of 0 to 1.
    func validate() throws {
        if let maxErrorRate, !(0...1).contains(maxErrorRate) {
            throw ValidationError("--max-error-rate is from 0 to 1")
        }
    }

    /// Puts what was asked for into a payload.
    func fill(_ payload: inout SchedulePayload) {
        payload.layout = layout?.rawValue
        payload.allowPartial = noPartial ? false : nil
        payload.maxErrorRate = maxErrorRate
        payload.force = force ? true : nil
    }
}

/// The two layouts of workbooks, and either of them.
enum LayoutArgument: String, ExpressibleByArgument, CaseIterable { case auto, list, grid }

extension RateScope: ExpressibleByArgument {}

/// A hospital's code as an argument.
struct HospitalArgument: ExpressibleByArgument {
    let code: String
    /// The hospital's own queue.
    let queue: String

    init?(argument: String) {
        guard let queue = ScheduleQueue.name(hospitalCode: argument) else { return nil }
        code = argument
        self.queue = queue
    }
}
