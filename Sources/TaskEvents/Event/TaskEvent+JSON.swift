import Foundation

/// Why a JSON document is no event that we understand.
package struct TaskEventError: Error, Sendable, CustomStringConvertible {
    /// What is wrong with it, naming the key at fault and never its value.
    package let reason: String

    package var description: String { "cannot read a task event: \(reason)" }
}

extension TaskEvent {
    /// The version of the format, key `v`.
    package static let version: Int64 = 1

    /// The event as the JSON object of `interfaces.md`, section 3, members sorted by name.
    package func encoded() -> [UInt8] {
        let source = EventSource(
            taskID: taskID, type: type, queue: queue, hospital: hospital, workflowID: workflowID, attempt: attempt,
            worker: worker)
        let (prefix, suffix) = Self.encoded(around: source, at: at, kind: kind, body: body)
        return prefix + Array(String(seq).utf8) + suffix
    }

    /// The JSON of an event before and after the number of its key `seq`, which only the publishing script knows.
    ///
    /// - Parameters:
    ///   - source: Which run speaks.
    ///   - at: When it happened.
    ///   - kind: What it tells.
    ///   - body: The kind's own keys; the envelope's win over them.
    /// - Returns: What comes before the number, and what after.
    static func encoded(
        around source: EventSource, at: Date, kind: Kind, body: [String: JSONValue]
    ) -> (prefix: [UInt8], suffix: [UInt8]) {
        var members = body
        members["v"] = .integer(version)
        members["seq"] = nil
        members["task_id"] = .string(source.taskID)
        members["type"] = .string(source.type)
        members["queue"] = .string(source.queue)
        members["hospital"] = source.hospital.map(JSONValue.string)
        members["workflow_id"] = source.workflowID.map(JSONValue.string)
        members["at"] = .string(EventTimestamp.text(of: at))
        members["attempt"] = .integer(Int64(source.attempt))
        members["worker"] = .string(source.worker)
        members["kind"] = .string(kind.rawValue)
        let sorted = members.sorted { JSONValue.precedes($0.key, $1.key) }
        let before = sorted.filter { JSONValue.precedes($0.key, "seq") }
        let after = sorted.filter { JSONValue.precedes("seq", $0.key) }
        var prefix = Array("{".utf8)
        JSONValue.write(members: before, to: &prefix)
        prefix += #","seq":"#.utf8
        var suffix = Array(",".utf8)
        JSONValue.write(members: after, to: &suffix)
        suffix += "}".utf8
        return (prefix, suffix)
    }

    /// Reads an event.
    ///
    /// Keys that are not the envelope's make up the ``body``, known or not, so that a newer worker's additions pass
    /// through.
    ///
    /// - Parameter bytes: One JSON object, 64 KiB at most.
    /// - Throws: ``TaskEventError`` when it is too large, no JSON, of another version, or lacks a key.
    package init(decoding bytes: [UInt8]) throws(TaskEventError) {
        guard bytes.count <= TaskEventLimits.maxEventBytes else {
            throw TaskEventError(reason: "\(bytes.count) bytes are more than \(TaskEventLimits.maxEventBytes)")
        }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw TaskEventError(reason: error.description)
        }
        guard case .object(var members) = value else { throw TaskEventError(reason: "it is no JSON object") }
        guard members.removeValue(forKey: "v") == .integer(Self.version) else {
            throw TaskEventError(reason: "key v is not \(Self.version)")
        }
        seq = try Self.take("seq", from: &members, as: \.intValue)
        guard (1...TaskEventLimits.maxSeq).contains(seq) else {
            throw TaskEventError(reason: "key seq is out of range")
        }
        taskID = try Self.take("task_id", from: &members, as: \.stringValue)
        type = try Self.take("type", from: &members, as: \.stringValue)
        queue = try Self.take("queue", from: &members, as: \.stringValue)
        hospital = members["hospital"] == nil ? nil : try Self.take("hospital", from: &members, as: \.stringValue)
        workflowID =
            members["workflow_id"] == nil ? nil : try Self.take("workflow_id", from: &members, as: \.stringValue)
        guard let at = EventTimestamp.date(of: try Self.take("at", from: &members, as: \.stringValue)) else {
            throw TaskEventError(reason: "key at is no RFC 3339 time")
        }
        self.at = at
        attempt = try Self.take("attempt", from: &members, as: \.intValue)
        worker = try Self.take("worker", from: &members, as: \.stringValue)
        guard let kind = Kind(rawValue: try Self.take("kind", from: &members, as: \.stringValue)) else {
            throw TaskEventError(reason: "key kind is unknown")
        }
        self.kind = kind
        body = members
    }

    private static func take<Value>(
        _ name: String, from members: inout [String: JSONValue], as value: (JSONValue) -> Value?
    ) throws(TaskEventError) -> Value {
        guard let result = members.removeValue(forKey: name).flatMap(value) else {
            throw TaskEventError(reason: "key \(name) is missing or of the wrong type")
        }
        return result
    }
}
