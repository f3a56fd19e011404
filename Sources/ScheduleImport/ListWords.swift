import ScheduleModel

/// What a row's study and specialty words mean; the same for every row that has the same two words.
struct ListWords {
    /// Which two words they are, in normalised form: rows with one number are about the same.
    let number: UInt64
    /// Normalised `study|specialty`.
    let sourceKey: String
    /// The study type that the hospital makes of the word; `nil` for a word that it does not know, and for none.
    let study: StudyType?
    /// The constraint that the hospital makes of the word; likewise.
    let constraint: Specialty?

    /// The most characters that the two words may have together: what ``sourceKey`` can be stored with.
    static let longest = 254
    /// The most characters of ``sourceKey``.
    static let longestKey = 255
}

/// The study and specialty words of a list (domain 3.2), each pair looked at once.
struct ListWordTable {
    private let studies: WordMap<StudyType>
    private let constraints: WordMap<Specialty>
    private var known: [Pair: ListWords] = [:]
    private var numbers: [String: UInt64] = [:]

    private struct Pair: Hashable {
        let study: String
        let specialty: String
    }

    init(_ settings: LayoutASettings?) {
        studies = WordMap(settings?.studyMap)
        constraints = WordMap(settings?.specialtyMap)
    }

    /// What two trimmed words mean.
    mutating func words(study: String, specialty: String) -> ListWords {
        let pair = Pair(study: study, specialty: specialty)
        if let words = known[pair] { return words }
        let key = "\(NameKey.collapsed(study.lowercased()))|\(NameKey.collapsed(specialty.lowercased()))"
        let number = numbers[key] ?? UInt64(numbers.count)
        numbers[key] = number
        let words = ListWords(
            number: number, sourceKey: key, study: studies.value(of: study),
            constraint: constraints.value(of: specialty))
        known[pair] = words
        return words
    }
}

/// A column's known words: the values themselves, and what the hospital's settings add.
private struct WordMap<Value: RawRepresentable<String>> {
    private var mapped: [String: Value] = [:]

    init(_ settings: [String: String]?) {
        // In order, so that of two spellings with one key always the same counts.
        for (word, name) in (settings ?? [:]).sorted(by: { $0.key < $1.key }) {
            let key = NameKey.shiftType(word)
            if mapped[key] == nil { mapped[key] = Value(rawValue: name) }
        }
    }

    func value(of word: String) -> Value? {
        guard !word.isEmpty else { return nil }
        return Value(rawValue: word.uppercased()) ?? mapped[NameKey.shiftType(word)]
    }
}
