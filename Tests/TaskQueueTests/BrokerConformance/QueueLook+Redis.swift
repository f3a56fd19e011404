import Foundation
import Redis

@testable import TaskQueue

extension QueueLook {
    /// Reads what a whole database holds of a queue.
    init(_ keys: [String: StoredKey], queue: String) {
        for (key, stored) in keys {
            if key.hasPrefix("asynq:{\(queue)}:") {
                readShared(String(key.dropFirst("asynq:{\(queue)}:".count)), key, stored.value, keys)
            } else if key.hasPrefix("schedcu:{\(queue)}:") {
                readOurs(String(key.dropFirst("schedcu:{\(queue)}:".count)), stored.value, queue)
            }
        }
    }

    private mutating func readShared(_ name: String, _ key: String, _ value: StoredValue, _ all: [String: StoredKey]) {
        switch name {
        case "pending": pending = value.texts.reversed()
        case "active": active = value.texts.reversed()
        case "lease": leases = value.scores
        case "scheduled": scheduled = value.scores
        case "retry": retry = value.scores
        case "archived": archived = value.scores
        case "completed": completed = value.scores
        case "groups": groups = Set(value.texts)
        case "processed": processed = value.number
        case "failed": failed = value.number
        case "aggregation_sets":
            for (set, deadline) in value.scores {
                let parts = set.split(separator: ":", omittingEmptySubsequences: false)
                let group = parts.dropFirst(3).dropLast().joined(separator: ":")
                staged.insert(
                    Staged(group: group, deadline: deadline, members: all[set]?.value.scores ?? [:]))
            }
        case _ where name.hasPrefix("t:"): tasks[String(name.dropFirst(2)).exact] = Task(value.fields)
        case _ where name.hasPrefix("unique:"): locks[key] = value.text.exact
        case _ where name.hasPrefix("processed:") || name.hasPrefix("failed:"): days[name] = value.number
        case _ where name.hasPrefix("g:"):
            if all["\(key.dropLast(name.count))aggregation_sets"]?.value.scores[key] == nil {
                members[String(name.dropFirst(2))] = value.scores
            }
        default: break
        }
    }

    private mutating func readOurs(_ name: String, _ value: StoredValue, _ queue: String) {
        switch name {
        case "archive-ends": archiveEnds = value.scores
        case "workflow-steps": startedSteps = value.scores
        case _ where name.hasPrefix("workflow:"):
            workflows[String(name.dropFirst(9))] = value.fields["left"].flatMap {
                Int(String(decoding: $0, as: UTF8.self))
            }
        case _ where name.hasPrefix("unique:"): locks["schedcu:{\(queue)}:\(name)"] = value.text.exact
        case _ where name.hasPrefix("ticks:"):
            ticks[String(name.dropFirst(6))] = Set(value.scores.values.map { Int64($0) })
        case _ where name.hasPrefix("scheduler_term:"): terms[String(name.dropFirst(15))] = Int64(value.number)
        default: break
        }
    }
}

extension QueueLook.Task {
    fileprivate init(_ fields: [String: [UInt8]]) {
        func text(_ name: String) -> String? { fields[name].map { String(decoding: $0, as: UTF8.self) } }
        state = text("state") ?? ""
        message = fields["msg"] ?? []
        pendingSince = text("pending_since").flatMap { Int64($0) }
        (uniqueKey, group, result) = (text("unique_key"), text("group"), fields["result"])
        if let parts = text("schedcu:owner")?.split(separator: "|"), parts.count >= 4 {
            owner = "\(parts.dropLast(3).joined(separator: "|"))|\(parts[parts.count - 2])|\(parts[parts.count - 1])"
        }
        deliveries = text("schedcu:deliveries").flatMap { Int($0) } ?? 0
        crashes = Crashes(fields["schedcu:crashes"])
        isAlone = fields["schedcu:alone"] != nil
        options = StoredOptions(fields["schedcu:options"]).text
        (isCancelled, isWaitedFor) = (fields["schedcu:cancel"] != nil, fields["schedcu:waited"] != nil)
    }
}

extension StoredValue {
    fileprivate var texts: [String] {
        switch self {
        case .list(let items): items.map { String(decoding: $0, as: UTF8.self).exact }
        case .set(let items): items.map { String(decoding: $0, as: UTF8.self).exact }
        default: []
        }
    }

    fileprivate var scores: [String: Int] {
        guard case .sortedSet(let scored) = self else { return [:] }
        return Dictionary(scored.map { (String(decoding: $0, as: UTF8.self).exact, Int($1)) }) { $1 }
    }

    fileprivate var fields: [String: [UInt8]] {
        guard case .hash(let fields) = self else { return [:] }
        return fields
    }

    fileprivate var text: String {
        guard case .string(let bytes) = self else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    fileprivate var number: Int { Int(text) ?? 0 }
}
