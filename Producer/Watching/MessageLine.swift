import TaskEvents

/// A validation message (domain 4.1) on one line, such as `ERROR INVALID_VALUE Sheet1!C4 not a whole number (twenty)`.
enum MessageLine {
    /// The line of one message.
    ///
    /// - Parameters:
    ///   - message: The message as an event or a result holds it.
    ///   - colour: How severities are coloured.
    /// - Returns: The line, safe for a terminal.
    static func text(_ message: JSONValue, colour: Colour) -> String {
        let severity = message["severity"]?.stringValue?.uppercased() ?? "ERROR"
        var words = [colour.severity(severity), SafeText.line(message["code"]?.stringValue ?? "UNKNOWN_ERROR")]
        if let place = place(message["location"]) { words.append(place) }
        words.append(SafeText.line(message["message"]?.stringValue ?? ""))
        if let details = details(message["details"]) { words.append("(\(details))") }
        return words.filter { !$0.isEmpty }.joined(separator: " ")
    }

    private static func place(_ location: JSONValue?) -> String? {
        guard let location else { return nil }
        let row = location["row"]?.intValue.map { "row \($0)" }
        let spot = location["cell"]?.stringValue ?? row
        switch (location["sheet"]?.stringValue, spot) {
        case (let sheet?, let spot?): return SafeText.line("\(sheet)!\(spot)")
        case (let sheet?, nil): return SafeText.line(sheet)
        case (nil, let spot): return spot.map(SafeText.line)
        }
    }

    private static func details(_ details: JSONValue?) -> String? {
        guard let members = details?.objectValue, !members.isEmpty else { return nil }
        // What was found comes first and without its name; the message says what it is.
        let found = members["actual"].map { [("", $0)] } ?? []
        let others = members.filter { $0.key != "actual" }.sorted { $0.key < $1.key }.map { ("\($0.key) ", $0.value) }
        return (found + others).map { name, value in
            name + SafeText.line(value.stringValue ?? value.jsonText)
        }.joined(separator: ", ")
    }
}

/// Colours of a terminal, or none.
struct Colour: Sendable {
    /// Whether there are any.
    let isOn: Bool

    /// A severity, ERROR in red and WARNING in yellow.
    func severity(_ severity: String) -> String {
        switch severity {
        case "ERROR": paint(severity, "31")
        case "WARNING": paint(severity, "33")
        default: SafeText.line(severity)
        }
    }

    /// Something good, in green.
    func good(_ text: String) -> String { paint(text, "32") }

    private func paint(_ text: String, _ code: String) -> String {
        isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
