import Foundation
import TaskQueue

extension GoldenCase {
    /// What Go left and what is there now, as far as they differ; our documented private names do not count.
    ///
    /// `change` makes the documented differences of the case in what is expected.
    func differences(
        from stored: [String: StoredKey], expected change: (inout [String: StoredValue]) -> Void = { _ in }
    ) throws -> [String] {
        var expected = Dictionary(uniqueKeysWithValues: keys.map { ($0.key, $0.stored) })
        change(&expected)
        let ours = stored.filter { !$0.key.hasPrefix("schedcu:") }
        var found: [String] = []
        for key in Set(expected.keys).symmetricDifference(ours.keys).sorted() {
            found.append("\(key): \(expected[key] == nil ? "should not be there" : "missing")")
        }
        for (key, value) in expected {
            guard let present = ours[key] else { continue }
            let (wanted, got) = (try Self.comparable(value, key: key), try Self.comparable(present.value, key: key))
            if !Self.equal(wanted, got) { found.append("\(key): expected \(wanted), got \(got)") }
            if let golden = keys.first(where: { $0.key == key }) { found += expiryDifference(golden, present) }
        }
        return found
    }

    private func expiryDifference(_ golden: GoldenKey, _ present: StoredKey) -> [String] {
        switch (golden.expiresAt, present.expiresAt) {
        case (nil, nil): return []
        case (let wanted?, let got?):
            guard hasRelativeExpiry else {
                return wanted == got ? [] : ["\(golden.key): expires at \(got), expected \(wanted)"]
            }
            // The call was made a while ago, longer on a busy machine; a lock's life is counted in whole seconds.
            let began = Double(got) - Double(golden.ttlSeconds ?? 0)
            let ago = Date().timeIntervalSince1970 - began
            let isClose = (-2...60).contains(ago)
            return isClose
                ? [] : ["\(golden.key): expires at \(got), expected \(golden.ttlSeconds ?? 0) s after the call"]
        default: return ["\(golden.key): expiry \(String(describing: present.expiresAt))"]
        }
    }

    /// Drops private fields, and brings the moments of snapshots to the microseconds that we keep.
    private static func comparable(_ value: StoredValue, key: String) throws -> StoredValue {
        switch value {
        case .hash(let fields) where key.hasPrefix("asynq:workers:"):
            return .hash(try fields.mapValues { try WorkerInfo(decoding: $0).encoded() })
        case .hash(var fields):
            fields = fields.filter { !$0.key.hasPrefix("schedcu:") }
            // Go writes headers in no fixed order, so equal messages are brought to equal bytes.
            if let bytes = fields["msg"] { fields["msg"] = try TaskMessage(decoding: bytes).encoded() }
            return .hash(fields)
        case .string(let bytes) where key.hasPrefix("asynq:servers:"):
            return .string(try ServerInfo(decoding: bytes).encoded())
        default: return value
        }
    }

    private static func equal(_ wanted: StoredValue, _ got: StoredValue) -> Bool {
        guard case .hash(var first) = wanted, case .hash(var second) = got else { return wanted == got }
        let (since, ours) = (first.removeValue(forKey: "pending_since"), second.removeValue(forKey: "pending_since"))
        guard first == second, (since == nil) == (ours == nil) else { return false }
        guard let since = since.flatMap(number), let ours = ours.flatMap(number) else { return since == nil }
        // Swift's Date holds microseconds.
        return abs(since - ours) <= 1000
    }

    private static func number(_ bytes: [UInt8]) -> Int64? { Int64(String(decoding: bytes, as: UTF8.self)) }
}
