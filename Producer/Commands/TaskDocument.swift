import Foundation
import TaskEvents
import TaskQueue

/// A stored task as JSON, and as lines for a person.
enum TaskDocument {
    /// What a list shows.
    static func brief(_ task: TaskInfo) -> JSONValue {
        var object: [String: JSONValue] = [
            "task_id": .string(task.id), "queue": .string(task.queue), "type": .string(task.type),
            "state": .string(task.state.rawValue), "retried": .integer(Int64(task.retried)),
            "max_retry": .integer(Int64(task.maxRetry)), "orphaned": .bool(task.isOrphaned),
        ]
        object["next_process_at"] = time(task.nextProcessAt)
        object["last_error"] = task.lastError.map(JSONValue.string)
        object["last_failed_at"] = time(task.lastFailedAt)
        object["completed_at"] = time(task.completedAt)
        return .object(object)
    }

    /// Everything; payload and result as JSON where they are JSON, else as text.
    static func full(_ task: TaskInfo) -> JSONValue {
        var object = brief(task).objectValue ?? [:]
        object["payload"] = content(task.payload)
        object["result"] = task.result.map(content)
        object["timeout_s"] = task.timeout.map { .integer($0.secondsRoundedUp) }
        object["deadline"] = time(task.deadline)
        object["retention_s"] = .integer(task.retention.secondsRoundedUp)
        object["group"] = task.group.map(JSONValue.string)
        if !task.headers.isEmpty { object["headers"] = .object(task.headers.mapValues(JSONValue.string)) }
        return .object(object)
    }

    /// Everything for a person, a result of ours in words.
    static func lines(_ task: TaskInfo, colour: Colour) -> [String] {
        var lines = [
            "task:       \(task.id)", "queue:      \(task.queue)", "type:       \(task.type)",
            "state:      \(task.state.rawValue)\(task.isOrphaned ? " (orphaned: its worker is gone)" : "")",
            "retried:    \(task.retried) of \(task.maxRetry)",
        ]
        if let timeout = task.timeout { lines.append("timeout:    \(timeout.secondsRoundedUp) s") }
        if let next = task.nextProcessAt { lines.append("next:       \(EventTimestamp.text(of: next))") }
        if let done = task.completedAt { lines.append("completed:  \(EventTimestamp.text(of: done))") }
        if let failed = task.lastFailedAt { lines.append("failed:     \(EventTimestamp.text(of: failed))") }
        if let error = task.lastError { lines.append("last error: \(error)") }
        lines.append("payload:    \(content(task.payload).plainText)")
        guard let result = task.result else { return lines.map(SafeText.line) }
        let document = content(result)
        let view = ResultView(document: document, colour: colour).lines
        guard !view.isEmpty else { return (lines + ["result:     \(document.plainText)"]).map(SafeText.line) }
        let messages = (document["validation"]?["messages"]?.arrayValue ?? []).map {
            "  " + MessageLine.text($0, colour: colour)
        }
        return (lines + ["result:"]).map(SafeText.line) + view.map { "  " + $0 } + messages
    }

    private static func content(_ bytes: [UInt8]) -> JSONValue {
        (try? JSONValue(parsing: bytes)) ?? .string(String(decoding: bytes, as: UTF8.self))
    }

    private static func time(_ date: Date?) -> JSONValue? { date.map { .string(EventTimestamp.text(of: $0)) } }
}

extension JSONValue {
    /// A text as it is, everything else as JSON.
    fileprivate var plainText: String { stringValue ?? jsonText }
}
