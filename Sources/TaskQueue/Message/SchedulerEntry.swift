public import Foundation

/// A periodic task as a scheduler announces it: asynq's `SchedulerEntry`.
public struct SchedulerEntry: Sendable, Equatable {
    private static let schemaName = "SchedulerEntry"

    /// A UUID or a name of the program's own; a Go scheduler makes a new UUID at each registration.
    public var id: String
    /// The cron spec, such as `@every 1m`.
    public var spec: String
    /// The type of the tasks it makes.
    public var taskType: String
    /// Their payload.
    public var taskPayload: [UInt8]
    /// The options in asynq's notation, such as `Queue("q")`; one without a parenthesis would crash Go's tools.
    public var enqueueOptions: [String]
    /// When the next task is due.
    public var nextEnqueueAt: Date
    /// When the last task was made; `nil` is never, which the wire writes as Go's zero time.
    public var previousEnqueueAt: Date?

    /// Describes a periodic task.
    package init(
        id: String, spec: String, taskType: String, taskPayload: [UInt8], enqueueOptions: [String],
        nextEnqueueAt: Date, previousEnqueueAt: Date?
    ) {
        self.id = id
        self.spec = spec
        self.taskType = taskType
        self.taskPayload = taskPayload
        self.enqueueOptions = enqueueOptions
        self.nextEnqueueAt = nextEnqueueAt
        self.previousEnqueueAt = previousEnqueueAt
    }

    /// Reads an entry.
    ///
    /// - Parameter bytes: An element of the list `asynq:schedulers:{…}`.
    /// - Throws: ``WireError`` when the bytes are no such message.
    package init(decoding bytes: [UInt8]) throws(WireError) {
        let epoch = WireTimestamp.epoch.date
        self.init(
            id: "", spec: "", taskType: "", taskPayload: [], enqueueOptions: [], nextEnqueueAt: epoch,
            previousEnqueueAt: epoch)
        var reader = ProtobufReader(bytes, message: Self.schemaName)
        while let field = try reader.nextField() {
            switch (field.number, field.type) {
            case (1, .lengthDelimited): id = try reader.string("id")
            case (2, .lengthDelimited): spec = try reader.string("spec")
            case (3, .lengthDelimited): taskType = try reader.string("task_type")
            case (4, .lengthDelimited): taskPayload = try reader.bytes("task_payload")
            case (5, .lengthDelimited): enqueueOptions.append(try reader.string("enqueue_options"))
            case (6, .lengthDelimited): nextEnqueueAt = try reader.timestamp("next_enqueue_time").date
            case (7, .lengthDelimited):
                let moment = try reader.timestamp("prev_enqueue_time")
                previousEnqueueAt = moment == .goZero ? nil : moment.date
            default: try reader.skip(field)
            }
        }
    }

    /// The bytes of the list's element; moments are exact to the microsecond.
    ///
    /// - Returns: The message in ascending field order.
    /// - Throws: ``WireError/Code/momentOutOfRange`` for a moment outside the years 1 to 9999.
    package func encoded() throws(WireError) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.string(id, field: 1)
        writer.string(spec, field: 2)
        writer.string(taskType, field: 3)
        writer.bytes(taskPayload, field: 4)
        for option in enqueueOptions { writer.text(option, field: 5) }
        writer.timestamp(
            try wireTimestamp(nextEnqueueAt, message: Self.schemaName, field: "next_enqueue_time"), field: 6)
        var previous = WireTimestamp.goZero
        if let date = previousEnqueueAt {
            previous = try wireTimestamp(date, message: Self.schemaName, field: "prev_enqueue_time")
        }
        writer.timestamp(previous, field: 7)
        return writer.bytes
    }
}

/// One task that a scheduler made: asynq's `SchedulerEnqueueEvent`.
public struct SchedulerEnqueueEvent: Sendable, Equatable {
    private static let schemaName = "SchedulerEnqueueEvent"

    /// The task's id.
    public var taskID: String
    /// When it was enqueued.
    public var enqueuedAt: Date

    /// Describes the making of a task.
    package init(taskID: String, enqueuedAt: Date) {
        self.taskID = taskID
        self.enqueuedAt = enqueuedAt
    }

    /// Reads an event.
    ///
    /// - Parameter bytes: A member of `asynq:scheduler_history:<entry id>`.
    /// - Throws: ``WireError`` when the bytes are no such message.
    package init(decoding bytes: [UInt8]) throws(WireError) {
        self.init(taskID: "", enqueuedAt: WireTimestamp.epoch.date)
        var reader = ProtobufReader(bytes, message: Self.schemaName)
        while let field = try reader.nextField() {
            switch (field.number, field.type) {
            case (1, .lengthDelimited): taskID = try reader.string("task_id")
            case (2, .lengthDelimited): enqueuedAt = try reader.timestamp("enqueue_time").date
            default: try reader.skip(field)
            }
        }
    }

    /// The bytes of the set's member; the moment is exact to the microsecond.
    ///
    /// - Returns: The message in ascending field order.
    /// - Throws: ``WireError/Code/momentOutOfRange`` for a moment outside the years 1 to 9999.
    package func encoded() throws(WireError) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.string(taskID, field: 1)
        writer.timestamp(try wireTimestamp(enqueuedAt, message: Self.schemaName, field: "enqueue_time"), field: 2)
        return writer.bytes
    }
}
