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

    /// Who reads a region; bone is read by any specialty.
    private static let studies: [String: StudyType] = [
        "Neuro": .neuro, "Body": .body, "Chest": .body, "Chest/Abd": .body, "Bone": .general,
    ]

    /// What a label must be, in words for a message.
    static let expectation =
        "a campus, then a modality (CT, MR, US, DX) and a region (Neuro, Body, Chest, Chest/Abd, Bone)"
    /// The most characters of a label.
    static let longest = 255
    /// The most characters of a campus code.
    static let longestCampus = 20

    /// Reads a label; `nil` when it is blank.
    init?(_ written: String) {
        text = NameKey.collapsed(written)
        let tokens = text.split(separator: " ").map(String.init)
        guard let campus = tokens.first else { return nil }
        self.campus = campus
        let words = tokens.dropFirst().map { $0.lowercased() }
        key = ([campus.lowercased()] + words.sorted()).joined(separator: " ")
        // Sorted, so that words in another order say the same.
        modality = words.compactMap { Self.modalities[$0] }.min()
        let regions = Set(words.compactMap { Self.regions[$0] })
        region = regions.min()
        let areKnown = !words.isEmpty && words.allSatisfy { Self.modalities[$0] != nil || Self.regions[$0] != nil }
        let studies = Set(regions.compactMap { Self.studies[$0] })
        if let study = studies.first, studies.count == 1 {
            (studyType, isUnmapped) = (study, !areKnown)
        } else if regions.isEmpty, modality == "US" {
            (studyType, isUnmapped) = (.body, !areKnown)
        } else {
            (studyType, isUnmapped) = (.general, true)
        }
    }

    /// Whether it can be stored.
    var fits: Bool {
        campus.unicodeScalars.count <= Self.longestCampus && text.unicodeScalars.count <= Self.longest
            && key.unicodeScalars.count <= Self.longest
    }
}
