import Foundation

/// How many sequences are run and from which seed: the environment's choice, else CI's 200 or a developer's handful.
///
/// `FAULT_TEST_SEQUENCES` is the count, `FAULT_TEST_SEED` the first sequence's seed, `FAULT_TEST_WIDTH` how many run side
/// by side, `FAULT_TEST_SABOTAGE` a fault that is planted in every worker, `FAULT_TEST_LIMIT` how many seconds all may take.
struct FaultTestPlan: Sendable, Equatable {
    let count: Int
    let firstSeed: UInt64
    let width: Int
    let sabotage: String
    /// How long all sequences may take together.
    let limit: Duration

    /// 8 minutes for up to 200 sequences, and for more as much more: CI's share of a quarter of an hour.
    private static let usualLimit = 480
    private static let usualCount = 200

    /// Reads an environment; `random` is the seed where none is given.
    init(environment: [String: String], random: UInt64) {
        let usual = environment["CI"] == "true" ? Self.usualCount : 16
        count = environment["FAULT_TEST_SEQUENCES"].flatMap(Int.init) ?? usual
        firstSeed = environment["FAULT_TEST_SEED"].flatMap(UInt64.init) ?? random
        width = max(1, environment["FAULT_TEST_WIDTH"].flatMap(Int.init) ?? 8)
        sabotage = environment["FAULT_TEST_SABOTAGE"] ?? "none"
        let proportion = max(Self.usualLimit, count * Self.usualLimit / Self.usualCount)
        limit = .seconds(environment["FAULT_TEST_LIMIT"].flatMap(Int.init) ?? proportion)
    }

    /// The seeds of all sequences; a sequence's seed alone is enough to run it again.
    var seeds: [UInt64] { (0..<UInt64(max(0, count))).map { firstSeed &+ $0 } }
}
