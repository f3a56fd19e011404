import Foundation
import ScheduleModel

/// Where the bytes of a workbook are (domain 2, `source`).
package enum FileSource: Sendable, Hashable {
    /// Content-addressed bytes that the producer put into Redis.
    case blob(sha256: String, size: Int, name: String)
    /// A bare name inside the worker's import directory.
    case file(name: String, sha256: String?)
    /// A file on an allowed host.
    case url(String, sha256: String, name: String?)
}

extension FileSource: Codable {
    private enum CodingKeys: String, CodingKey { case kind, sha256, size, name, url }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch try container.decode(String.self, forKey: .kind) {
        case "blob":
            self = .blob(
                sha256: try Self.digest(in: container), size: try container.integer(.size),
                name: try container.decodeIfPresent(String.self, forKey: .name) ?? "")
        case "file":
            let digest = container.contains(.sha256) ? try Self.digest(in: container) : nil
            self = .file(name: try container.decode(String.self, forKey: .name), sha256: digest)
        case "url":
            self = .url(
                try container.decode(String.self, forKey: .url), sha256: try Self.digest(in: container),
                name: try container.decodeIfPresent(String.self, forKey: .name))
        default:
            throw container.broken(.kind, "is not blob, file or url")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .blob(let sha256, let size, let name):
            try container.encode("blob", forKey: .kind)
            try container.encode(sha256, forKey: .sha256)
            try container.encode(size, forKey: .size)
            try container.encode(name, forKey: .name)
        case .file(let name, let sha256):
            try container.encode("file", forKey: .kind)
            try container.encode(name, forKey: .name)
            try container.encodeIfPresent(sha256, forKey: .sha256)
        case .url(let url, let sha256, let name):
            try container.encode("url", forKey: .kind)
            try container.encode(url, forKey: .url)
            try container.encode(sha256, forKey: .sha256)
            try container.encodeIfPresent(name, forKey: .name)
        }
    }

    private static func digest(in container: KeyedDecodingContainer<CodingKeys>) throws -> String {
        let digest = try container.decode(String.self, forKey: .sha256).lowercased()
        guard digest.utf8.count == 64, digest.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { throw container.broken(.sha256, "is not 64 hexadecimal digits") }
        return digest
    }
}

/// The chain that a task is a step of (domain 2, `workflow`).
package struct WorkflowStep: Sendable, Hashable, Codable {
    /// The most steps of a chain; there are three phases.
    package static let maxSteps = 1000

    /// The longest id, in Unicode scalars: the ledger's column has no room for more.
    package static let maxIDLength = 255

    /// The chain's id, the same in every step.
    package var id: String
    /// This step's number, from 1.
    package var step: Int
    /// The task types still to come.
    package var next: [ScheduleTaskType]

    /// Names a step.
    package init(id: String, step: Int, next: [ScheduleTaskType]) {
        self.id = id
        self.step = step
        self.next = next
    }

    private enum CodingKeys: String, CodingKey { case id, step, next }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(String.self, forKey: .id)
        step = try container.integer(.step)
        next = try container.decode([ScheduleTaskType].self, forKey: .next)
    }
}

/// Whether requests are spaced in each lane or over all of them (domain 5.6).
package enum RateScope: String, Sendable, Codable, Hashable {
    case perLane
    case global
}

/// Rules for display names of workbooks.
package enum WorkbookName {
    /// Whether a text is a bare `.ods` or `.fods` file name of 1 to 255 characters without separators and control characters.
    package static func isValid(_ name: String) -> Bool {
        let lower = name.lowercased()
        // Scalars, as Postgres counts: one letter that a person sees may be any number of them.
        return (1...255).contains(name.unicodeScalars.count)
            && (lower.hasSuffix(".ods") || lower.hasSuffix(".fods"))
            && !name.unicodeScalars.contains {
                $0 == "/" || $0 == "\\" || $0.properties.generalCategory == .control
            }
    }
}
