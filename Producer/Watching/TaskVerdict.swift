import TaskEvents
import TaskQueue

/// How a task ended: its exit status, its document, and what there is to complain of.
struct TaskVerdict {
    let status: ExitStatus
    /// The stored result, else the summary of the last event.
    let document: JSONValue?
    /// Why it failed; `nil` when it did not.
    let complaint: CommandFailure?

    /// Judges a task that is over.
    ///
    /// - Parameters:
    ///   - task: The stored task; `nil` when it is not stored any more.
    ///   - ending: Its last event, when there was one.
    ///   - id: The task's id.
    ///   - judgesThreshold: Whether coverage that is not acceptable counts as partial.
    init(_ task: TaskInfo?, ending: TaskEvent?, id: String, judgesThreshold: Bool) {
        let isDone = task?.state == .completed || task == nil && ending?.kind == .finished
        guard isDone else {
            let failure = Self.failure(task, ending, id: id)
            (status, document, complaint) = (failure.status, nil, failure)
            return
        }
        complaint = nil
        document = task?.result.flatMap { try? JSONValue(parsing: $0) } ?? ending?.body["result"]
        let outcome = document?["outcome"]?.stringValue ?? ending?.body["outcome"]?.stringValue
        let isTooLow = judgesThreshold && document?["coverage"]?["acceptable"]?.boolValue == false
        status = outcome == "PARTIAL" || isTooLow ? .partial : .done
    }

    private static func failure(_ task: TaskInfo?, _ ending: TaskEvent?, id: String) -> CommandFailure {
        let name = "task \(SafeText.line(id))"
        if ending?.kind == .cancelled || task?.lastError == TaskInspector.cancelledText {
            return CommandFailure(.failed, name, "it was cancelled. enqueue it again if that was not meant")
        }
        guard let error = ending?.body["error"]?.stringValue ?? task?.lastError else {
            let why = task == nil ? "it is not stored any more: deleted, or kept for no time" : "it was archived"
            return CommandFailure(.failed, name, "\(why). enqueue it again")
        }
        let code = ending?.body["code"]?.stringValue ?? Self.code(in: error)
        if let code, FileValidationCode.contains(code) {
            let reason = withoutCode(error, code)
            // Most of these say themselves what to do.
            let saysWhatToDo = reason.contains(". ") || reason.contains("; ")
            return CommandFailure(.unusableFile, code, saysWhatToDo ? reason : "\(reason). correct the file")
        }
        return CommandFailure(.failed, name, "\(error). look at it with schedcu tasks show \(SafeText.line(id))")
    }

    /// The code that begins an error's text, as in `INVALID_FILE_FORMAT: no layout fits`.
    private static func code(in error: String) -> String? {
        guard let colon = error.firstIndex(of: ":") else { return nil }
        let code = error[..<colon]
        return !code.isEmpty && code.allSatisfy { $0.isASCII && $0.isUppercase || $0 == "_" } ? String(code) : nil
    }

    private static func withoutCode(_ error: String, _ code: String) -> String {
        error.hasPrefix("\(code): ") ? String(error.dropFirst(code.count + 2)) : error
    }
}
