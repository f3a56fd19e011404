import ScheduleModel

/// The slots of a calculation as dense numbers, with who holds each.
struct SlotIndex {
    /// Somebody on a slot.
    struct Holder {
        /// A dense number for the person, from 0.
        let person: Int32
        let specialty: Specialty
        let assignment: CoverageAssignment
    }

    /// Slots by date, start, type, id.
    let slots: [CoverageSlot]
    /// Distinct holders of each slot, eligible or not, in the order of assignment ids.
    let holders: [[Holder]]
    /// How many distinct eligible people each slot has.
    let eligibleCounts: [Int]
    /// How many persons there are.
    let personCount: Int

    init(_ input: CoverageInput, reporting report: inout ValidationReport) {
        let sorted = input.slots.sorted {
            ($0.date, $0.startsAt, $0.shiftType, $0.id.description) < (
                $1.date, $1.startsAt, $1.shiftType, $1.id.description
            )
        }
        var numberOfSlot: [Identifier<ShiftInstance>: Int] = [:]
        numberOfSlot.reserveCapacity(sorted.count)
        for (number, slot) in sorted.enumerated() { numberOfSlot[slot.id] = number }

        var numberOfPerson: [Identifier<Person>: Int32] = [:]
        var bySlot = [[Holder]](repeating: [], count: sorted.count)
        for assignment in input.assignments {
            guard let slot = numberOfSlot[assignment.slotID] else { continue }
            let next = Int32(numberOfPerson.count)
            let person = numberOfPerson[assignment.personID, default: next]
            if person == next { numberOfPerson[assignment.personID] = next }
            bySlot[slot].append(Holder(person: person, specialty: assignment.specialty, assignment: assignment))
        }

        // A person counts once a slot: `lastSeen` holds the last slot on which the person was met.
        var lastSeen = [Int](repeating: -1, count: numberOfPerson.count)
        var counts = [Int](repeating: 0, count: sorted.count)
        for number in sorted.indices {
            if bySlot[number].count > 1 {
                bySlot[number].sort { $0.assignment.id < $1.assignment.id }
            }
            let slot = sorted[number]
            var distinct: [Holder] = []
            for holder in bySlot[number] {
                guard lastSeen[Int(holder.person)] != number else {
                    report.append(Self.duplicate(slot))
                    continue
                }
                lastSeen[Int(holder.person)] = number
                distinct.append(holder)
                if holder.specialty.isEligible(for: slot.constraint) {
                    counts[number] += 1
                } else {
                    report.append(Self.conflict(slot, holder.specialty))
                }
            }
            bySlot[number] = distinct
            if slot.desired < 0 { report.append(Self.negative(slot)) }
        }
        slots = sorted
        holders = bySlot
        eligibleCounts = counts
        personCount = numberOfPerson.count
    }

    private static func duplicate(_ slot: CoverageSlot) -> ValidationMessage {
        ValidationMessage(
            .warning, "DUPLICATE_ASSIGNMENT",
            "one person is on \(slot.shiftType) on \(slot.date) twice and counts once",
            field: slot.shiftType, details: ["date": "\(slot.date)"])
    }

    private static func conflict(_ slot: CoverageSlot, _ specialty: Specialty) -> ValidationMessage {
        ValidationMessage(
            .warning, "SPECIALTY_CONFLICT",
            "somebody who is \(specialty.rawValue) is on \(slot.shiftType) on \(slot.date), which is "
                + "\(slot.constraint.rawValue), and does not count",
            field: slot.shiftType, details: ["date": "\(slot.date)"])
    }

    private static func negative(_ slot: CoverageSlot) -> ValidationMessage {
        ValidationMessage(
            .error, "INVALID_VALUE", "\(slot.shiftType) on \(slot.date) wants \(slot.desired) people; taken as 0",
            field: slot.shiftType, details: ["expected": "0 or more", "actual": "\(slot.desired)"])
    }
}

extension AssignmentOverlap {
    /// Every assignment that begins before an earlier one of the same person has ended: sorted, then one pass.
    static func all(in index: SlotIndex) -> [AssignmentOverlap] {
        struct Stay {
            let person: Int32
            let slot: CoverageSlot
            let assignment: CoverageAssignment
        }
        var stays: [Stay] = []
        for (slot, holders) in zip(index.slots, index.holders) {
            for holder in holders {
                stays.append(Stay(person: holder.person, slot: slot, assignment: holder.assignment))
            }
        }
        // By person and start; equal starts by assignment id, so that the order of the input never shows.
        stays.sort {
            ($0.person, $0.slot.startsAt, $0.assignment.id) < ($1.person, $1.slot.startsAt, $1.assignment.id)
        }
        var overlaps: [AssignmentOverlap] = []
        var latest: Stay?
        for stay in stays {
            if let earlier = latest, earlier.person == stay.person {
                if earlier.slot.endsAt > stay.slot.startsAt {
                    overlaps.append(
                        AssignmentOverlap(
                            personID: stay.assignment.personID, assignmentID: stay.assignment.id,
                            earlierAssignmentID: earlier.assignment.id, date: stay.slot.date))
                }
                if stay.slot.endsAt > earlier.slot.endsAt { latest = stay }
            } else {
                latest = stay
            }
        }
        return overlaps.sorted {
            ($0.date, $0.assignmentID, $0.earlierAssignmentID) < ($1.date, $1.assignmentID, $1.earlierAssignmentID)
        }
    }
}
