import ConcurrencySupport
import Testing

@Suite struct LockedValueTests {
    @Test func `additions from many tasks are all kept`() async {
        let sum = LockedValue(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask { for _ in 0..<100 { sum.withLock { $0 += 1 } } }
            }
        }
        #expect(sum.withLock { $0 } == 10_000)
    }

    @Test func `a thrown error leaves the lock free`() {
        struct Refused: Error {}
        let value = LockedValue(1)
        #expect(throws: Refused.self) { try value.withLock { _ throws(Refused) in throw Refused() } }
        #expect(value.withLock { $0 } == 1)
    }
}
