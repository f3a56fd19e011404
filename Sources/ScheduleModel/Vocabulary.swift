import Foundation

/// What a person can read.
package enum Specialty: String, Sendable, Codable, Hashable, CaseIterable {
    case bodyOnly = "BODY_ONLY"
    case neuroOnly = "NEURO_ONLY"
    case both = "BOTH"

    /// Whether somebody with this specialty may fill a slot with that constraint (domain 6.1).
    package func isEligible(for constraint: Specialty) -> Bool {
        self == .both || constraint == .both || self == constraint
    }

    /// Whether somebody with this specialty can read a kind of study (domain 6.5).
    package func canRead(_ study: StudyType) -> Bool {
        switch study {
        case .general: true
        case .body: self != .neuroOnly
        case .neuro: self != .bodyOnly
        }
    }
}

/// The kind of study that a slot or worklist is about.
package enum StudyType: String, Sendable, Codable, Hashable, CaseIterable {
    case general = "GENERAL"
    case body = "BODY"
    case neuro = "NEURO"
}

/// Which dates a coverage rule is for.
package enum DayType: String, Sendable, Codable, Hashable, CaseIterable {
    case weekday = "WEEKDAY"
    case weekend = "WEEKEND"
    case any = "ANY"
}

/// Which of the two ways to share a night a coverage rule is for; it depends on who holds the slots (domain 6.4).
package enum Scenario: String, Sendable, Codable, Hashable, CaseIterable {
    case body = "BODY"
    case neuro = "NEURO"
    case any = "ANY"
}

/// The part of the night that a coverage sheet is about.
package enum ShiftCategory: String, Sendable, Codable, Hashable, CaseIterable {
    case mid = "MID"
    case overnight = "ON"
}

/// One entry of a hospital's shift vocabulary (table `shift_types`).
package struct ShiftType: Sendable, Hashable {
    /// The code, such as `MidC`; unique in its hospital.
    package let code: String
    /// What people call it.
    package let label: String
    /// When it runs on its schedule date.
    package let window: ShiftWindow
    /// The kind of study it reads unless a row says otherwise.
    package let studyType: StudyType
    /// Who may hold it.
    package let constraint: Specialty
    /// Head count unless a row says otherwise.
    package let defaultDesired: Int
    /// Whether a night without it is a critical gap.
    package let isMandatory: Bool
    /// For an effective role: the slot that it stands for; such a type never gets instances of its own.
    package let slotCode: String?
    /// The role that a BODY_ONLY holder of the pair works in (domain 6.4).
    package let effectiveBodyCode: String?
    /// The role that the other holders of the pair work in.
    package let effectiveNeuroCode: String?
    /// Other spellings.
    package let synonyms: [String]

    /// Makes an entry.
    package init(
        code: String, label: String? = nil, window: ShiftWindow, studyType: StudyType = .general,
        constraint: Specialty = .both, defaultDesired: Int = 1, isMandatory: Bool = false, slotCode: String? = nil,
        effectiveBodyCode: String? = nil, effectiveNeuroCode: String? = nil, synonyms: [String] = []
    ) {
        self.code = code
        self.label = label ?? code
        self.window = window
        self.studyType = studyType
        self.constraint = constraint
        self.defaultDesired = defaultDesired
        self.isMandatory = isMandatory
        self.slotCode = slotCode
        self.effectiveBodyCode = effectiveBodyCode
        self.effectiveNeuroCode = effectiveNeuroCode
        self.synonyms = synonyms
    }
}

/// A hospital's shift types, found by code or by any spelling.
package struct ShiftVocabulary: Sendable, Hashable {
    /// Active types in the order of their codes.
    package let types: [ShiftType]
    private let byCode: [String: Int]
    private let byKey: [String: Int]

    /// Indexes types; two types with one key are a configuration error.
    package init(_ types: [ShiftType]) throws(VocabularyError) {
        let sorted = types.sorted { $0.code < $1.code }
        var byCode: [String: Int] = [:]
        var byKey: [String: Int] = [:]
        for (index, type) in sorted.enumerated() {
            guard byCode.updateValue(index, forKey: type.code) == nil else { throw VocabularyError(key: type.code) }
            for spelling in [type.code] + type.synonyms {
                let key = NameKey.shiftType(spelling)
                if let other = byKey.updateValue(index, forKey: key), other != index { throw VocabularyError(key: key) }
            }
        }
        self.types = sorted
        self.byCode = byCode
        self.byKey = byKey
    }

    /// The type of a code, exactly.
    package func type(code: String) -> ShiftType? { byCode[code].map { types[$0] } }

    /// The type that a spelling means, by normalised key.
    package func type(named text: some StringProtocol) -> ShiftType? {
        byKey[NameKey.shiftType(text)].map { types[$0] }
    }

    /// The slot that a type stands for: itself, or for an effective role the slot that it names.
    package func slot(of type: ShiftType) -> ShiftType? {
        guard let slotCode = type.slotCode else { return type }
        return self.type(code: slotCode)
    }
}

/// Two active shift types of a hospital share a normalised key.
package struct VocabularyError: Error, Sendable, CustomStringConvertible {
    /// The shared key.
    package let key: String
    /// One line for a person.
    package var description: String {
        "shift vocabulary: two active shift types share the key '\(key)'. rename one of them or drop a synonym"
    }
}

/// The keys by which names are compared.
package enum NameKey {
    /// The key of a shift type's code, synonym or scraped role: NFKC, lower case, without white space, `-` and `_`.
    package static func shiftType(_ text: some StringProtocol) -> String {
        if let key = asciiKey(text.utf8) { return key }
        let folded = String(text).precomposedStringWithCompatibilityMapping.lowercased()
        var key = String.UnicodeScalarView()
        for scalar in folded.unicodeScalars where !scalar.properties.isWhitespace && scalar != "-" && scalar != "_" {
            key.append(scalar)
        }
        return String(key)
    }

    /// The same for ASCII, of which each character is its own NFKC form; `nil` for any other text.
    private static func asciiKey(_ utf8: some Collection<UInt8>) -> String? {
        var key: [UInt8] = []
        key.reserveCapacity(utf8.count)
        for byte in utf8 {
            switch byte {
            case 0x80...: return nil
            case 0x09...0x0D, UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "_"): break
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): key.append(byte + 32)
            default: key.append(byte)
            }
        }
        return String(decoding: key, as: UTF8.self)
    }

    /// The key of a person's name: NFKC, white space collapsed, case folded, leading `Dr.` removed, `Last, First` flipped.
    ///
    /// The same function normalises the registry's spellings and scraped ones (domain 9.2).
    package static func person(_ text: some StringProtocol) -> String {
        // By way of upper case, since that folds what lower case alone leaves apart: ß and ss, σ and ς.
        let folded = String(text).precomposedStringWithCompatibilityMapping.uppercased().lowercased()
        var name = withoutTitle(collapsed(folded.precomposedStringWithCompatibilityMapping))
        if let comma = name.firstIndex(of: ",") {
            let last = name[..<comma]
            let first = name[name.index(after: comma)...]
            if !first.contains(",") { name = withoutTitle(collapsed("\(first) \(last)")) }
        }
        return name
    }

    private static func withoutTitle(_ name: String) -> String {
        for title in ["dr. ", "dr ", "dr."] where name.hasPrefix(title) && name.count > title.count {
            return collapsed(name.dropFirst(title.count))
        }
        return name
    }

    /// Text without white space at its ends (U+00A0 included), inner runs made one space.
    package static func collapsed(_ text: some StringProtocol) -> String {
        text.split { $0.unicodeScalars.allSatisfy(\.properties.isWhitespace) }.joined(separator: " ")
    }
}

extension ShiftType {
    /// The vocabulary of a new hospital (domain 3.3).
    package static let initial: [ShiftType] = {
        func window(_ from: Int, _ to: Int) -> ShiftWindow {
            guard let window = ShiftWindow(startSeconds: from * 3600, endSeconds: to * 3600) else {
                preconditionFailure("the initial vocabulary has a block that ends before it starts")
            }
            return window
        }
        return [
            ShiftType(code: "DAY", label: "Day", window: window(8, 17), synonyms: ["Day"]),
            ShiftType(code: "WEEKEND", label: "Weekend", window: window(8, 17), synonyms: ["Weekend"]),
            ShiftType(code: "MORNING", label: "Morning", window: window(7, 15), synonyms: ["Morning"]),
            ShiftType(code: "AFTERNOON", label: "Afternoon", window: window(15, 23), synonyms: ["Afternoon"]),
            ShiftType(code: "EVENING", label: "Evening", window: window(17, 25), synonyms: ["Evening"]),
            ShiftType(code: "NIGHT", label: "Night", window: window(23, 31), synonyms: ["Night", "Overnight"]),
            ShiftType(code: "DOUBLE", label: "Double", window: window(7, 23), synonyms: ["Double"]),
            ShiftType(
                code: "MidC", window: window(17, 24), isMandatory: true, effectiveBodyCode: "MidBody",
                effectiveNeuroCode: "MidNeuro"),
            ShiftType(
                code: "MidL", window: window(17, 24), isMandatory: true, effectiveBodyCode: "MidBody",
                effectiveNeuroCode: "MidNeuro"),
            ShiftType(code: "Mid3", window: window(17, 25), studyType: .body, isMandatory: true),
            ShiftType(
                code: "MidBody", window: window(17, 24), studyType: .body, constraint: .bodyOnly, isMandatory: true,
                slotCode: "MidL"),
            ShiftType(
                code: "MidNeuro", window: window(17, 24), studyType: .neuro, constraint: .neuroOnly, isMandatory: true,
                slotCode: "MidC"),
            ShiftType(
                code: "ON1", window: window(24, 32), studyType: .neuro, isMandatory: true, effectiveBodyCode: "ONBody",
                effectiveNeuroCode: "ONNeuro"),
            ShiftType(
                code: "ON2", window: window(24, 32), studyType: .neuro, isMandatory: true, effectiveBodyCode: "ONBody",
                effectiveNeuroCode: "ONNeuro"),
            ShiftType(
                code: "ONBody", window: window(25, 32), studyType: .body, constraint: .bodyOnly, isMandatory: true,
                slotCode: "ON2"),
            ShiftType(
                code: "ONNeuro", window: window(25, 32), studyType: .neuro, constraint: .neuroOnly, isMandatory: true,
                slotCode: "ON1"),
        ]
    }()
}
