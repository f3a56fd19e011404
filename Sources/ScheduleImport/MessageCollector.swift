import ScheduleModel

/// Keeps what is found and hands each message on the moment it is found.
final class MessageCollector {
    private(set) var report = ValidationReport()
    private let publish: (ValidationMessage) -> Void

    init(publish: @escaping (ValidationMessage) -> Void) {
        self.publish = publish
    }

    func add(_ message: ValidationMessage) {
        report.append(message)
        publish(message)
    }
}

/// Words that had no mapping, in the order of their first appearance, with how often each came (INFO UNMAPPED_VALUE).
struct UnmappedWords {
    private struct Entry {
        let field: String
        let word: String
        let location: MessageLocation
        var count: Int
    }
    private var entries: [Entry] = []
    private var places: [String: Int] = [:]

    mutating func note(_ word: String, field: String, location: MessageLocation) {
        let key = "\(field)\u{0}\(word)"
        if let place = places[key] {
            entries[place].count += 1
        } else {
            places[key] = entries.count
            entries.append(Entry(field: field, word: word, location: location, count: 1))
        }
    }

    func report(to collector: MessageCollector) {
        for entry in entries {
            collector.add(
                ValidationMessage(
                    .info, "UNMAPPED_VALUE",
                    "'\(entry.word)' has no mapping; the default is used and the word is kept", field: entry.field,
                    location: entry.location, details: ["actual": entry.word, "count": "\(entry.count)"]))
        }
    }
}
