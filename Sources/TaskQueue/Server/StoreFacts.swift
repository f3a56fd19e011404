/// What a server must know of its Redis before it relies on it (spec W25: asynq finds out by failing).
///
/// Pure.
package struct StoreFacts: Sendable, Equatable {
    /// The oldest version whose commands the scripts use (`ZMSCORE`, `LMOVE`, `ZRANGE … BYSCORE`).
    static let oldestVersion = (major: 6, minor: 2)

    /// Major and minor number; `nil` when Redis does not tell.
    let version: (major: Int, minor: Int)?
    /// `maxmemory-policy`; `nil` when Redis does not tell, as managed ones do.
    let evictionPolicy: String?

    /// Reads the facts.
    ///
    /// - Parameters:
    ///   - info: The answer to `INFO server`.
    ///   - evictionPolicy: The setting, if it was told.
    package init(info: String, evictionPolicy: String?) {
        let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("redis_version:") }
        let numbers = line?.split(separator: ":").last?.split(separator: ".").map { Int($0) } ?? []
        if numbers.count >= 2, let major = numbers[0], let minor = numbers[1] {
            version = (major, minor)
        } else {
            version = nil
        }
        self.evictionPolicy = evictionPolicy
    }

    /// Why a server must not start.
    var refusal: String? {
        guard let version, version < Self.oldestVersion else { return nil }
        return "Redis is version \(version.major).\(version.minor), and 6.2 or later is needed; upgrade it"
    }

    /// What may lose tasks.
    var warning: String? {
        guard let evictionPolicy, evictionPolicy != "noeviction" else { return nil }
        return "Redis may evict tasks when its memory is full: maxmemory-policy is \(evictionPolicy); set noeviction"
    }

    package static func == (left: StoreFacts, right: StoreFacts) -> Bool {
        left.version?.major == right.version?.major && left.version?.minor == right.version?.minor
            && left.evictionPolicy == right.evictionPolicy
    }
}
