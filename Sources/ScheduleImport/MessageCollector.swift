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
        let word: Word
        let expected: String
        let location: MessageLocation
        var count: Int
    }
    private struct Word: Hashable {
        let field: String
        let text: String
    }
    private var entries: [Entry] = []
    private var places: [Word: Int] = [:]

    /// Counts a word, and says at which place it counts.
    @discardableResult
    mutating func note(
        _ text: String, field: String, expected: String, location: @autoclosure () -> MessageLocation
    ) -> Int {
        let word = Word(field: field, text: text)
        if let place = places[word] {
            entries[place].count += 1
            return place
        }
        places[word] = entries.count
        entries.append(Entry(word: word, expected: expected, location: location(), count: 1))
        return entries.count - 1
    }

    /// Counts the word of a place once more.
    mutating func countAgain(_ place: Int) { entries[place].count += 1 }

    func report(to collector: MessageCollector) {
        for entry in entries {
            let word = entry.word
            collector.add(
                ValidationMessage(
                    .info, "UNMAPPED_VALUE",
                    "'\(ValidationMessage.quoted(word.text))' has no mapping; the default is used and the word is kept",
                    field: word.field, location: entry.location,
                    details: ["expected": entry.expected, "actual": word.text, "count": "\(entry.count)"]))
        }
    }
}
