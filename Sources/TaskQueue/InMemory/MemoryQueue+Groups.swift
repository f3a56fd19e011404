import Foundation

extension MemoryQueue {
    /// Takes a group's oldest members out if the group is due; see ``Broker/stageGroup(_:in:limits:)``.
    mutating func stage(_ group: String, limits: GroupAggregation.Limits, id: String, at now: Date) -> StagedSet? {
        let (key, seconds) = (ExactText(group), UnixTime.seconds(now))
        guard let held = members[key], let oldest = held.firstScore, let newest = held.lastScore else { return nil }
        let most = limits.maxSize ?? 0
        let isFull = most > 0 && held.count >= most
        let isOld = limits.maxDelay.map { oldest <= seconds - $0.secondsRoundedUp } ?? false
        guard isFull || isOld || newest <= seconds - limits.gracePeriod.secondsRoundedUp else { return nil }
        let deadline = seconds + StagedSet.lifeSeconds
        let taken = members[key]?.takeFirst(most > 0 ? min(most, held.count) : held.count) ?? MemoryScores()
        staged[id] = StagedMembers(group: key, deadline: deadline, members: taken)
        if members[key]?.isEmpty ?? true {
            members[key] = nil
            groups.remove(key)
        }
        return StagedSet(
            queue: name.text, group: group, id: id, deadline: Date(timeIntervalSince1970: Double(deadline)))
    }

    /// A set's members, oldest first; those that are not theirs any more are dropped.
    mutating func members(ofSet id: String) -> [TaskMessage] {
        var found: [TaskMessage] = []
        for member in staged[id]?.members.ids ?? [] {
            if let task = tasks[member], task.state == .aggregating {
                found.append(task.message)
            } else {
                staged[id]?.members.remove(member)
            }
        }
        return found
    }

    /// Replaces a set's members by one task, all of it or nothing (W20).
    mutating func finish(
        _ set: StagedSet, members: [TaskMessage], as task: TaskMessage, placement: TaskPlacement, uniqueFor: Duration?,
        at now: Date
    ) throws(WireError) -> SetOutcome {
        guard let held = staged[set.id]?.members else { return .superseded }
        let ids = members.map { ExactText($0.id) }
        guard ids.allSatisfy({ held.contains($0) && tasks[$0]?.state == .aggregating }) else { return .superseded }
        let id = ExactText(task.id)
        guard tasks[id] == nil else { return .taskIDConflict }
        let life = task.uniqueKey.isEmpty ? nil : uniqueFor
        if life != nil, let holder = holder(of: ExactText(task.uniqueKey), at: now), !held.contains(holder) {
            return .duplicate
        }
        let place = Place(placement, message: task, keys: RedisKeys(queue: name.text), now: now)
        var joined = try MemoryTask(task, state: place.state)
        for (id, member) in zip(ids, members) {
            tasks[id] = nil
            staged[set.id]?.members.remove(id)
            unlock(member.uniqueKey, heldBy: id, at: now)
        }
        if staged[set.id]?.members.isEmpty ?? true { staged[set.id] = nil }
        if let life {
            lock(task.uniqueKey, by: id, for: life, placement: placement, at: now)
            joined.uniqueKey = task.uniqueKey
        }
        add(id, joined, at: place.position)
        return .joined
    }

    /// Puts a set's members back into their group, and says whether there was such a set.
    @discardableResult
    mutating func giveBack(set id: String) -> Bool {
        guard let set = staged.removeValue(forKey: id) else { return false }
        let returning = set.members.ids.filter { tasks[$0]?.state == .aggregating }
        for id in returning {
            members[set.group, default: MemoryScores()].set(id, to: set.members.score(of: id) ?? 0)
        }
        if !returning.isEmpty { groups.insert(set.group) }
        return true
    }

    /// Puts back what is in sets whose deadline is over, and says how many sets.
    mutating func reclaimStaleSets(at now: Date) -> Int {
        let seconds = UnixTime.seconds(now)
        let stale = staged.filter { $0.value.deadline <= seconds }.keys
        return stale.count { giveBack(set: $0) }
    }

    /// Lists groups that have members, and says how many were not listed.
    mutating func relistGroups() -> Int {
        let lost = Set(members.filter { !$0.value.isEmpty }.keys).subtracting(groups)
        groups.formUnion(lost)
        return lost.count
    }
}
