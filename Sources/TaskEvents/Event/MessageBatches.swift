/// Cuts validation messages into what one `errors` event can hold.
enum MessageBatches {
    /// A validation message that alone is larger than this is cut down, so that every event has room for its envelope.
    static let maxMessageBytes = 32 * 1024

    /// The messages in order, in groups of at most 100 messages and `maxBytes` of JSON.
    ///
    /// - Parameters:
    ///   - messages: What was found.
    ///   - maxBytes: The room for the messages of one event, separators included; at least one message goes in each
    ///     group.
    /// - Returns: The groups; none is empty.
    static func split(_ messages: [JSONValue], maxBytes: Int) -> [[JSONValue]] {
        var groups: [[JSONValue]] = []
        var group: [JSONValue] = []
        var bytes = 0
        for message in messages {
            let message = fitted(message, maxBytes: min(maxBytes, maxMessageBytes))
            let size = message.encoded().count + 1
            if !group.isEmpty, group.count == TaskEventLimits.maxMessagesPerEvent || bytes + size > maxBytes {
                groups.append(group)
                group = []
                bytes = 0
            }
            group.append(message)
            bytes += size
        }
        if !group.isEmpty { groups.append(group) }
        return groups
    }

    /// The message with its texts cut, and then without details, when it is too large.
    private static func fitted(_ message: JSONValue, maxBytes: Int) -> JSONValue {
        let message = message.mapStrings(EventText.withoutURLDetails)
        guard message.encoded().count > maxBytes else { return message }
        let cut = message.mapStrings { EventText.cut($0, toBytes: 1000) }
        guard cut.encoded().count > maxBytes else { return cut }
        let kept: Set<String> = ["severity", "code", "message", "field", "location", "timestamp"]
        let bare = JSONValue.object((cut.objectValue ?? [:]).filter { kept.contains($0.key) })
        guard bare.encoded().count > maxBytes else { return bare }
        return .object((cut.objectValue ?? [:]).filter { $0.key == "severity" || $0.key == "code" })
    }
}
