import Foundation
import ScheduleModel

/// What a worklist's label says: campus, modality, region and who can read it (domain 3.4).
struct WorklistLabel: Equatable {
    /// The label without white space at its ends.
    let text: String
    /// The first token.
    let campus: String
    /// Campus and sorted tokens, lower case.
    let key: String
    let modality: String?
    let region: String?
    let studyType: StudyType
    /// Whether the study type is a guess.
    let isUnmapped: Bool

    private static let modalities = ["ct": "CT", "mr": "MR", "us": "US", "dx": "DX"]
    private static let regions = [
        "neuro": "Neuro", "body": "Body", "chest": "Chest", "chest/abd": "Chest/Abd", "bone": "Bone",
    ]

    /// Reads a label; `nil` when it is blank.
    init?(_ written: String) {
        text = NameKey.collapsed(written)
        let tokens = text.split(separator: " ").map(String.init)
        guard let campus = tokens.first else { return nil }
        self.campus = campus
        let words = tokens.dropFirst().map { $0.lowercased() }
        key = ([campus.lowercased()] + words.sorted()).joined(separator: " ")
        modality = words.compactMap { Self.modalities[$0] }.first
        region = words.compactMap { Self.regions[$0] }.first
        let areKnown = !words.isEmpty && words.allSatisfy { Self.modalities[$0] != nil || Self.regions[$0] != nil }
        switch (region, modality) {
        case ("Neuro"?, _): (studyType, isUnmapped) = (.neuro, !areKnown)
        case ("Body"?, _), ("Chest"?, _), ("Chest/Abd"?, _): (studyType, isUnmapped) = (.body, !areKnown)
        case ("Bone"?, _): (studyType, isUnmapped) = (.general, !areKnown)
        case (nil, "US"?): (studyType, isUnmapped) = (.body, !areKnown)
        default: (studyType, isUnmapped) = (.general, true)
        }
    }
}
