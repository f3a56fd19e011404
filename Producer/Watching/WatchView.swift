import Foundation
import TaskEvents

/// What events look like: pure, so that every line can be tested.
struct WatchView {
    /// What an event adds to the screen.
    struct Update: Equatable {
        /// Lines that stay.
        var lines: [String] = []
        /// The line that is drawn over by the next update; `nil` for none.
        var status: String?
    }

    /// How wide the bar is, in characters.
    private static let barWidth = 24
    /// How wide the line that is drawn over may be: it must not wrap on the narrowest usual terminal.
    private static let statusWidth = 79

    /// Whether progress is one line that is drawn over; otherwise each progress event is a line.
    let redraws: Bool
    /// Severities in colour.
    let colour: Colour
    /// Whether each line names its task, for several tasks at once.
    let namesTask: Bool
    private var status: String?

    /// Makes a view of no event.
    init(redraws: Bool, colour: Colour, namesTask: Bool) {
        self.redraws = redraws
        self.colour = colour
        self.namesTask = namesTask
    }

    /// Shows one more event.
    mutating func show(_ event: TaskEvent) -> Update {
        if event.kind == .progress {
            let text = prefix(event) + progress(event.body)
            guard redraws else { return Update(lines: [text]) }
            status = String(text.prefix(Self.statusWidth))
            return Update(status: status)
        }
        if event.kind != .errors, event.kind != .log { status = nil }
        return Update(lines: lines(of: event).map { prefix(event) + $0 }, status: status)
    }

    private func lines(of event: TaskEvent) -> [String] {
        let body = event.body
        switch event.kind {
        case .started:
            return ["started on \(SafeText.line(event.worker))\(event.attempt > 1 ? ", attempt \(event.attempt)" : "")"]
        case .phase: return [phase(body)]
        case .progress: return []
        case .errors: return (body["messages"]?.arrayValue ?? []).map { MessageLine.text($0, colour: colour) }
        case .log: return ["\(text(body, "level")): \(text(body, "message"))"]
        case .finished: return ["finished: \(text(body, "outcome"))"]
        case .retrying:
            let left = NumberText.counted(NumberText.count(body["retries_left"]), "try").replacing(
                "trys", with: "tries")
            return ["failed and is tried again at \(text(body, "retry_at")) (\(left) left): \(text(body, "error"))"]
        case .failed: return ["failed: \(failure(body))"]
        case .cancelled: return ["cancelled by \(text(body, "by"))"]
        }
    }

    /// The code and the error, whose text often begins with the code.
    private func failure(_ body: [String: JSONValue]) -> String {
        let (code, error) = (text(body, "code"), text(body, "error"))
        return error.hasPrefix(code) ? error : "\(code): \(error)"
    }

    private func phase(_ body: [String: JSONValue]) -> String {
        let name = text(body, "phase")
        guard body["state"]?.stringValue == "end" else { return "\(name): begins" }
        return "\(name): done, \(NumberText.counted(NumberText.count(body["statements"]), "statement"))"
    }

    private func progress(_ body: [String: JSONValue]) -> String {
        let done = NumberText.count(body["done"])
        let unit = text(body, "unit")
        var words = ["\(text(body, "phase")):"]
        if let total = body["total"]?.intValue, total > 0 {
            let share = min(1, max(0, Double(done) / Double(total)))
            if redraws { words.append(bar(share)) }
            words.append("\(Int(share * 100)) % \(done)/\(total) \(unit)")
        } else {
            words.append("\(done) \(unit)")
        }
        if let rows = body["rows"]?.intValue {
            let bad = NumberText.count(body["bad_rows"])
            words.append("\(NumberText.counted(rows, "row"))\(bad == 0 ? "" : ", \(bad) bad")")
        }
        if let rate = body["rate"]?.doubleValue { words.append("\(NumberText.rate(rate))/s") }
        if let left = body["eta_s"]?.doubleValue { words.append("\(NumberText.seconds(left)) left") }
        return words.joined(separator: " ")
    }

    private func bar(_ share: Double) -> String {
        let full = Int(share * Double(Self.barWidth))
        return "[" + String(repeating: "#", count: full) + String(repeating: ".", count: Self.barWidth - full) + "]"
    }

    private func prefix(_ event: TaskEvent) -> String {
        namesTask ? "\(SafeText.line(event.queue)) \(SafeText.line(event.taskID)): " : ""
    }

    private func text(_ body: [String: JSONValue], _ name: String) -> String {
        SafeText.line(body[name]?.stringValue ?? "")
    }
}
