extension TaskMessage {
    private static let schemaName = "TaskMessage"

    /// Reads a message as any asynq program wrote it; fields of later versions are passed over.
    ///
    /// - Parameter bytes: The hash field `msg`.
    /// - Throws: ``WireError`` when the bytes are no such message.
    package init(decoding bytes: [UInt8]) throws(WireError) {
        self.init(type: "", id: "", queue: "")
        var reader = ProtobufReader(bytes, message: Self.schemaName)
        while let field = try reader.nextField() {
            switch (field.number, field.type) {
            case (1, .lengthDelimited): type = try reader.string("type")
            case (2, .lengthDelimited): payload = try reader.bytes("payload")
            case (3, .lengthDelimited): id = try reader.string("id")
            case (4, .lengthDelimited): queue = try reader.string("queue")
            case (5, .varint): maxRetry = try reader.int32("retry")
            case (6, .varint): retried = try reader.int32("retried")
            case (7, .lengthDelimited): errorMessage = try reader.string("error_msg")
            case (8, .varint): timeoutSeconds = try reader.int64("timeout")
            case (9, .varint): deadlineUnixSeconds = try reader.int64("deadline")
            case (10, .lengthDelimited): uniqueKey = try reader.string("unique_key")
            case (11, .varint): lastFailedAtUnixSeconds = try reader.int64("last_failed_at")
            case (12, .varint): retentionSeconds = try reader.int64("retention")
            case (13, .varint): completedAtUnixSeconds = try reader.int64("completed_at")
            case (14, .lengthDelimited): groupKey = try reader.string("group_key")
            case (15, .lengthDelimited):
                let entry = try reader.mapEntry("headers")
                headers[entry.key] = entry.value
            default: try reader.skip(field)
            }
        }
    }

    /// The bytes of the hash field `msg`; equal messages give equal bytes.
    ///
    /// - Returns: The message in ascending field order, headers in ascending key order.
    /// - Throws: ``WireError/Code/tooLong`` above 2 GiB.
    package func encoded() throws(WireError) -> [UInt8] {
        var writer = ProtobufWriter(capacity: payload.count + 192)
        writer.string(type, field: 1)
        writer.bytes(payload, field: 2)
        writer.string(id, field: 3)
        writer.string(queue, field: 4)
        writer.int32(maxRetry, field: 5)
        writer.int32(retried, field: 6)
        writer.string(errorMessage, field: 7)
        writer.int64(timeoutSeconds, field: 8)
        writer.int64(deadlineUnixSeconds, field: 9)
        writer.string(uniqueKey, field: 10)
        writer.int64(lastFailedAtUnixSeconds, field: 11)
        writer.int64(retentionSeconds, field: 12)
        writer.int64(completedAtUnixSeconds, field: 13)
        writer.string(groupKey, field: 14)
        writer.map(headers, field: 15)
        guard writer.bytes.count <= Int32.max else { throw WireError(.tooLong, message: Self.schemaName) }
        return writer.bytes
    }
}
