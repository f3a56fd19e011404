import ScheduleModel

/// Who really works in which role each evening (domain 6.4): computed from the holders, never stored.
///
/// Slots with the same pair of effective roles share a night. While no holder is BODY_ONLY everybody works in the slot's own
/// role (scenario NEURO). As soon as one is, the BODY_ONLY holders work in the body role and all others in the neuro role.
struct EffectiveRoles {
    /// The evenings that have slots, by date.
    private(set) var evenings: [LocalDate: Evening] = [:]
    /// Neuro roles that nobody works in on evenings shared the body way, by date and role.
    private(set) var gaps: [EffectiveGap] = []

    /// One evening: who is in which role, and how each part of the night is shared.
    struct Evening {
        /// Specialties of the holders by role: slots' own roles and effective ones.
        var holders: [String: Set<Specialty>] = [:]
        /// The parts of the night that are shared the body way.
        var bodyScenario: Set<ShiftCategory> = []

        /// How a part of the night is shared.
        func scenario(of category: ShiftCategory) -> Scenario { bodyScenario.contains(category) ? .body : .neuro }
    }

    private struct Pair: Hashable {
        let body: String
        let neuro: String
        let category: ShiftCategory
    }

    init(index: SlotIndex, vocabulary: ShiftVocabulary) {
        var pairOfType: [String: Pair] = [:]
        for type in vocabulary.types {
            guard let body = type.effectiveBodyCode, let neuro = type.effectiveNeuroCode else { continue }
            // A slot that starts after midnight belongs to the overnight part of its evening.
            let category: ShiftCategory = type.window.startDayOffset > 0 ? .overnight : .mid
            pairOfType[type.code] = Pair(body: body, neuro: neuro, category: category)
        }
        var pairHolders: [LocalDate: [Pair: [Specialty]]] = [:]
        for (slot, holders) in zip(index.slots, index.holders) {
            let specialties = holders.map(\.specialty)
            evenings[slot.date, default: Evening()].holders[slot.shiftType, default: []].formUnion(specialties)
            if let pair = pairOfType[slot.shiftType] {
                pairHolders[slot.date, default: [:]][pair, default: []] += specialties
            }
        }
        for (date, pairs) in pairHolders {
            for (pair, specialties) in pairs where specialties.contains(.bodyOnly) {
                let others = specialties.filter { $0 != .bodyOnly }
                evenings[date]?.bodyScenario.insert(pair.category)
                evenings[date]?.holders[pair.body, default: []].insert(.bodyOnly)
                evenings[date]?.holders[pair.neuro, default: []].formUnion(others)
                if others.isEmpty { gaps.append(EffectiveGap(date: date, role: pair.neuro)) }
            }
        }
        gaps.sort { ($0.date, $0.role) < ($1.date, $1.role) }
    }
}
