import Foundation

extension ServerInfo {
    private static let schemaName = "ServerInfo"

    /// Reads a worker process's snapshot.
    ///
    /// - Parameter bytes: The value of `asynq:servers:{…}`.
    /// - Throws: ``WireError`` when the bytes are no such message.
    package init(decoding bytes: [UInt8]) throws(WireError) {
        self.init(
            host: "", pid: 0, serverID: "", concurrency: 0, queues: [:], strictPriority: false, status: "",
            startedAt: WireTimestamp.epoch.date, activeWorkerCount: 0)
        var reader = ProtobufReader(bytes, message: Self.schemaName)
        while let field = try reader.nextField() {
            switch (field.number, field.type) {
            case (1, .lengthDelimited): host = try reader.string("host")
            case (2, .varint): pid = try reader.int32("pid")
            case (3, .lengthDelimited): serverID = try reader.string("server_id")
            case (4, .varint): concurrency = try reader.int32("concurrency")
            case (5, .lengthDelimited):
                let entry = try reader.numberMapEntry("queues")
                queues[entry.key] = entry.value
            case (6, .varint): strictPriority = try reader.bool("strict_priority")
            case (7, .lengthDelimited): status = try reader.string("status")
            case (8, .lengthDelimited): startedAt = try reader.timestamp("start_time").date
            case (9, .varint): activeWorkerCount = try reader.int32("active_worker_count")
            default: try reader.skip(field)
            }
        }
    }

    /// The bytes of the snapshot's key; the start is exact to the microsecond.
    ///
    /// - Returns: The message in ascending field order.
    /// - Throws: ``WireError/Code/momentOutOfRange`` for a start outside the years 1 to 9999.
    package func encoded() throws(WireError) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.string(host, field: 1)
        writer.int32(pid, field: 2)
        writer.string(serverID, field: 3)
        writer.int32(concurrency, field: 4)
        writer.map(queues, field: 5)
        writer.bool(strictPriority, field: 6)
        writer.string(status, field: 7)
        writer.timestamp(try wireTimestamp(startedAt, message: Self.schemaName, field: "start_time"), field: 8)
        writer.int32(activeWorkerCount, field: 9)
        return writer.bytes
    }
}

extension WorkerInfo {
    private static let schemaName = "WorkerInfo"

    /// Reads a running task's snapshot.
    ///
    /// - Parameter bytes: A value of the hash `asynq:workers:{…}`.
    /// - Throws: ``WireError`` when the bytes are no such message.
    package init(decoding bytes: [UInt8]) throws(WireError) {
        let epoch = WireTimestamp.epoch.date
        self.init(
            host: "", pid: 0, serverID: "", taskID: "", taskType: "", taskPayload: [], queue: "", startedAt: epoch,
            deadline: epoch)
        var reader = ProtobufReader(bytes, message: Self.schemaName)
        while let field = try reader.nextField() {
            switch (field.number, field.type) {
            case (1, .lengthDelimited): host = try reader.string("host")
            case (2, .varint): pid = try reader.int32("pid")
            case (3, .lengthDelimited): serverID = try reader.string("server_id")
            case (4, .lengthDelimited): taskID = try reader.string("task_id")
            case (5, .lengthDelimited): taskType = try reader.string("task_type")
            case (6, .lengthDelimited): taskPayload = try reader.bytes("task_payload")
            case (7, .lengthDelimited): queue = try reader.string("queue")
            case (8, .lengthDelimited): startedAt = try reader.timestamp("start_time").date
            case (9, .lengthDelimited): deadline = try reader.timestamp("deadline").date
            default: try reader.skip(field)
            }
        }
    }

    /// The bytes of the hash's field; moments are exact to the microsecond.
    ///
    /// - Returns: The message in ascending field order.
    /// - Throws: ``WireError/Code/momentOutOfRange`` for a moment outside the years 1 to 9999.
    package func encoded() throws(WireError) -> [UInt8] {
        var writer = ProtobufWriter(capacity: taskPayload.count + 160)
        writer.string(host, field: 1)
        writer.int32(pid, field: 2)
        writer.string(serverID, field: 3)
        writer.string(taskID, field: 4)
        writer.string(taskType, field: 5)
        writer.bytes(taskPayload, field: 6)
        writer.string(queue, field: 7)
        writer.timestamp(try wireTimestamp(startedAt, message: Self.schemaName, field: "start_time"), field: 8)
        writer.timestamp(try wireTimestamp(deadline, message: Self.schemaName, field: "deadline"), field: 9)
        return writer.bytes
    }
}

/// A date in wire form, or the error that names where it was to be written.
func wireTimestamp(_ date: Date, message: String, field: String) throws(WireError) -> WireTimestamp {
    guard let timestamp = WireTimestamp(date) else {
        throw WireError(.momentOutOfRange, message: message, field: field)
    }
    return timestamp
}
