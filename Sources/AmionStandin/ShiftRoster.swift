/// A slot that a date has every evening (domain.md sections 3.3 and 3.5).
struct ShiftSlot: Sendable {
    let role: String
    /// Hours of the local clock; an end of 0 or 1 lies on the next day, as does the whole of an ON slot.
    let startHour: Int
    let endHour: Int
    /// Whether the slot starts after midnight, on the day after the evening's date.
    let startsAfterMidnight: Bool
    /// Who may hold it.
    let specialties: Set<InventedPerson.Specialty>

    /// The five slots of a date, in the order they are written.
    static func all(isWeekend: Bool) -> [ShiftSlot] {
        let anyone: Set<InventedPerson.Specialty> = [.body, .neuro, .both]
        return [
            ShiftSlot(role: "MidC", startHour: 17, endHour: 0, startsAfterMidnight: false, specialties: anyone),
            ShiftSlot(role: "MidL", startHour: 17, endHour: 0, startsAfterMidnight: false, specialties: anyone),
            ShiftSlot(
                role: "Mid3", startHour: isWeekend ? 17 : 18, endHour: 1, startsAfterMidnight: false,
                specialties: [.body, .both]),
            ShiftSlot(role: "ON1", startHour: 0, endHour: 8, startsAfterMidnight: true, specialties: anyone),
            ShiftSlot(role: "ON2", startHour: 0, endHour: 8, startsAfterMidnight: true, specialties: anyone),
        ]
    }
}

/// One line of the schedule.
struct RosterShift: Sendable {
    /// The evening's date, also for what starts after midnight.
    let evening: CivilDate
    let slot: ShiftSlot
    /// Empty for an open slot; at most two.
    let staff: [InventedPerson]
}

/// The invented schedule: a function of the seed and the date, so any month can be asked for in any order.
struct ShiftRoster: Sendable {
    /// About one ON2 night in forty has nobody yet.
    private static let openNightProbability = 1.0 / 40
    /// About one MidL evening in thirty has two people.
    private static let sharedEveningProbability = 1.0 / 30

    let seed: UInt64

    /// The five shifts of an evening.
    ///
    /// Nobody stands twice in them.
    func shifts(on evening: CivilDate) -> [RosterShift] {
        var generator = SeededGenerator(seed: seed, evening.dayNumber)
        var free = InventedPerson.all.shuffled(using: &generator)
        let slots = ShiftSlot.all(isWeekend: evening.isWeekend)
        // The slot with a condition chooses first; ten people always suffice for five slots and a second person.
        var staff: [String: [InventedPerson]] = [:]
        for slot in slots.sorted(by: { $0.specialties.count < $1.specialties.count }) {
            let isOpen = generator.happens(Self.openNightProbability) && slot.role == "ON2"
            let isShared = generator.happens(Self.sharedEveningProbability) && slot.role == "MidL"
            for _ in 0..<(isOpen ? 0 : isShared ? 2 : 1) {
                guard let index = free.firstIndex(where: { slot.specialties.contains($0.specialty) }) else { continue }
                staff[slot.role, default: []].append(free.remove(at: index))
            }
        }
        return slots.map { RosterShift(evening: evening, slot: $0, staff: staff[$0.role] ?? []) }
    }
}
