package import Foundation

/// The id of one kind of entity; ids of different kinds do not mix.
package struct Identifier<Entity>: Hashable, Sendable, Codable, CustomStringConvertible, Comparable {
    /// The id itself.
    package let uuid: UUID

    /// Wraps an id.
    package init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// Reads UUID text; the nil UUID counts as absent, as does anything that is no UUID.
    package init?(_ text: String) {
        guard let uuid = UUID(uuidString: text), uuid != Self.absent else { return nil }
        self.uuid = uuid
    }

    private static var absent: UUID { UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)) }

    package init(from decoder: any Decoder) throws {
        uuid = try decoder.singleValueContainer().decode(UUID.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Lower-case UUID text.
    package var description: String { uuid.uuidString.lowercased() }

    package static func < (left: Self, right: Self) -> Bool { left.description < right.description }
}

/// The tenant.
package enum Hospital {}
/// One complete schedule for a date range.
package enum ScheduleVersion {}
/// One shift type on one schedule date of a version.
package enum ShiftInstance {}
/// One person on one slot.
package enum Assignment {}
/// Somebody who can be assigned.
package enum Person {}
/// A campus plus a kind of study.
package enum Worklist {}
/// Which role covers which worklist in which block.
package enum CoverageRule {}
/// One Amion scrape for one version and date window.
package enum ScrapeBatch {}
/// Somebody who uses the system.
package enum User {}

extension Identifier where Entity == User {
    /// The reserved user that signs scheduled jobs and tasks without a creator.
    package static var system: Self {
        Self(UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)))
    }
}
