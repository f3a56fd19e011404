import Foundation

/// How many sequences are run and from which seed: the environment's choice, else CI's 200 or a developer's handful.
///
/// `FAULT_TEST_SEQUENCES` is the count, `FAULT_TEST_SEED` the first sequence's seed, `FAULT_TEST_WIDTH` how many run side
/// by side, `FAULT_TEST_SABOTAGE` a fault that is planted in every worker.
struct FaultTestPlan: Sendable, Equatable {
    let count: Int
    let firstSeed: UInt64
    let width: Int
    let sabotage: String

    /// Reads an environment; `random` is the seed where none is given.
    init(environment: [String: String], random: UInt64) {
        let usual = environment["CI"] == "true" ? 200 : 16
        count = environment["FAULT_TEST_SEQUENCES"].flatMap(Int.init) ?? usual
        firstSeed = environment["FAULT_TEST_SEED"].flatMap(UInt64.init) ?? random
        width = max(1, environment["FAULT_TEST_WIDTH"].flatMap(Int.init) ?? 8)
        sabotage = environment["FAULT_TEST_SABOTAGE"] ?? "none"
    }

    /// The seeds of all sequences; a sequence's seed alone is enough to run it again.
    var seeds: [UInt64] { (0..<UInt64(max(0, count))).map { firstSeed &+ $0 } }
}
