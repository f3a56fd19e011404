package import Foundation

/// Ids that follow from what they name, so that a second delivery writes the same rows (domain 8.4): UUIDv5, RFC 9562.
package enum DeterministicID {
    /// The namespace of all of them.
    private static let namespace: [UInt8] = [
        0x8f, 0x1c, 0x1d, 0x9e, 0x3a, 0x57, 0x5b, 0x3c, 0x9d, 0x0e, 0x2f, 0x6b, 0x7a, 0x4c, 0x5d, 0x10,
    ]

    /// The version that an import task makes: `version:{queue}:{task_id}`.
    package static func version(queue: String, taskID: String) -> Identifier<ScheduleVersion> {
        Identifier(uuid("version:\(queue):\(taskID)"))
    }

    /// The batch that a scrape task makes: `batch:{queue}:{task_id}`.
    package static func batch(queue: String, taskID: String) -> Identifier<ScrapeBatch> {
        Identifier(uuid("batch:\(queue):\(taskID)"))
    }

    /// A hospital's worklist: `worklist:{hospital_id}:{label_key}`.
    package static func worklist(hospital: Identifier<Hospital>, labelKey: String) -> Identifier<Worklist> {
        Identifier(uuid("worklist:\(hospital):\(labelKey)"))
    }

    /// A version's slot: `shift:{version_id}:{date}:{type}:{study}:{constraint}:{source_key}`.
    package static func shift(version: Identifier<ScheduleVersion>, _ shift: ShiftDraft) -> Identifier<ShiftInstance> {
        Identifier(uuid("shift:\(version):\(shift.date)\(tail(of: ShiftKind(shift)))"))
    }

    /// What a slot's name has behind its date.
    static func tail(of kind: ShiftKind) -> String {
        ":\(kind.shiftType):\(kind.studyType.rawValue):\(kind.constraint.rawValue):\(kind.sourceKey)"
    }

    /// A version's coverage rule: `rule:{version_id}:{sheet}:{row}:{type}`.
    package static func rule(
        version: Identifier<ScheduleVersion>, _ rule: CoverageRuleDraft
    ) -> Identifier<CoverageRule> {
        Identifier(uuid("rule:\(version):\(rule.sheetName):\(rule.sourceRow):\(rule.shiftType ?? "")"))
    }

    /// The next step of a workflow: `task:{workflow_id}:{step}`, lower-case UUID text.
    package static func task(workflowID: String, step: Int) -> String {
        uuid("task:\(workflowID):\(step)").uuidString.lowercased()
    }

    /// The UUIDv5 of a name in our namespace.
    package static func uuid(_ name: String) -> UUID {
        let words = words(hash(ofNameThatBegins: name))
        func byte(_ index: Int) -> UInt8 {
            UInt8(truncatingIfNeeded: words[index / 4] >> UInt32(24 - 8 * (index % 4)))
        }
        return UUID(
            uuid: (
                byte(0), byte(1), byte(2), byte(3), byte(4), byte(5), byte(6), byte(7), byte(8), byte(9), byte(10),
                byte(11), byte(12), byte(13), byte(14), byte(15)
            ))
    }

    /// A hash that has taken the namespace and the first part of a name.
    static func hash(ofNameThatBegins start: String) -> SHA1 {
        var hash = SHA1()
        hash.update(namespace.span)
        hash.update(Array(start.utf8).span)
        return hash
    }

    /// The UUIDv5 of a hash that has taken a whole name, as four words of which the highest byte comes first.
    static func words(_ hash: SHA1) -> InlineArray<4, UInt32> {
        let digest = hash.digest()
        return [digest[0], digest[1] & 0xffff_0fff | 0x5000, digest[2] & 0x3fff_ffff | 0x8000_0000, digest[3]]
    }
}
