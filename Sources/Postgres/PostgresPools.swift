package import Logging

/// One pool for each class of work, so that a saturated class never starves another (domain.md F4).
package final class PostgresPools: Sendable {
    /// A class of work.
    package enum PoolName: String, Sendable, CaseIterable {
        case ods, amion, coverage, interactive
    }

    /// The most connections that all pools of one process may have together.
    package static let largestTotal = 16

    /// Connections for each class by default: 10 in all.
    package static let defaultSizes: [PoolName: Int] = [.ods: 1, .amion: 3, .coverage: 1, .interactive: 5]

    private let pools: [PoolName: PostgresPool]
    private let fallback: PostgresPool

    /// Makes the pools; connections are opened when they are first needed.
    ///
    /// - Parameters:
    ///   - configuration: Shared by all pools.
    ///   - sizes: Connections for each class; a class left out shares the interactive pool. At most 16 in all.
    ///   - logger: For failed connections.
    ///   - observer: For metrics.
    package init(
        _ configuration: PostgresConfiguration, sizes: [PoolName: Int] = PostgresPools.defaultSizes, logger: Logger,
        observer: PostgresObserver = PostgresObserver()
    ) {
        let total = sizes.values.reduce(0, +)
        precondition(total <= Self.largestTotal, "\(total) connections are more than \(Self.largestTotal) in all")
        func pool(_ name: PoolName, size: Int) -> PostgresPool {
            PostgresPool(configuration, name: name.rawValue, size: size, logger: logger, observer: observer)
        }
        pools = Dictionary(uniqueKeysWithValues: sizes.map { ($0, pool($0, size: $1)) })
        fallback = pools[.interactive] ?? pool(.interactive, size: 1)
    }

    /// The pool of a class of work.
    package func pool(_ name: PoolName) -> PostgresPool { pools[name] ?? fallback }

    package subscript(name: PoolName) -> PostgresPool { pool(name) }

    /// Closes all pools; see ``PostgresPool/close()``.
    package func close() async {
        for pool in pools.values { await pool.close() }
        await fallback.close()
    }
}
