import Foundation

extension InMemoryBroker {
    package func writeSchedulerEntries(
        _ entries: [SchedulerEntry], schedulerID: String, life: Duration
    ) async throws {
        change { state, now in
            let end = now + Double(max(1, life.secondsRoundedUp))
            state.announcements[schedulerID] = MemoryState.Announcement(entries: entries, end: end)
        }
    }

    package func clearSchedulerEntries(schedulerID: String) async throws {
        change { state, _ in state.announcements[schedulerID] = nil }
    }

    package func recordEnqueue(_ event: SchedulerEnqueueEvent, ofEntry id: String) async throws {
        change { state, _ in
            state.histories[id, default: []].append(event)
            let surplus = (state.histories[id]?.count ?? 0) - RedisBroker.historyLimit
            if surplus > 0 { state.histories[id]?.removeFirst(surplus) }
        }
    }

    package func clearHistory(ofEntry id: String) async throws {
        change { state, _ in state.histories[id] = nil }
    }

    package func standForElection(
        schedulerID: String, fleet: String, life: Duration, above floor: Int64
    ) async throws -> ElectionOutcome {
        change { state, _ in
            state.fleets[fleet, default: MemoryFleet()].elect(
                schedulerID, fleet: fleet, life: life, above: floor, uptime: .now)
        }
    }

    package func resign(_ leadership: Leadership) async throws {
        change { state, _ in state.fleets[leadership.fleet]?.resign(leadership, uptime: .now) }
    }

    package func fence(queue: String, for leadership: Leadership) async throws -> Int64 {
        change(in: queue) { $0.fence(for: leadership, at: $1) }
    }

    package func adoptTicks(
        ofEntry id: String, spec: String, baseline: Int64, life: Duration, for leadership: Leadership
    ) async throws -> StoredTicks? {
        change { state, now in
            state.fleets[leadership.fleet]?.adopt(
                id, spec: spec, baseline: baseline, life: life, for: leadership, at: now, uptime: .now)
        }
    }

    package func claimTick(
        _ tick: Int64, ofEntry id: String, life: Duration, for leadership: Leadership
    ) async throws -> TickClaim {
        change { state, now in
            state.fleets[leadership.fleet]?.claim(tick, of: id, life: life, for: leadership, at: now, uptime: .now)
                ?? .notLeader
        }
    }

    package func settleTicks(_ ticks: [Int64], ofEntry id: String, fleet: String) async throws {
        change { state, _ in state.fleets[fleet]?.settle(ticks, of: id) }
    }

    package func createTask(_ creation: TaskCreation, of tick: FencedTick) async throws -> TickOutcome {
        let queue = creation.message.queue
        return try change { state, now in
            state.names.insert(ExactText(queue))
            return try state[queue].create(creation, of: tick, at: now)
        }
    }
}
