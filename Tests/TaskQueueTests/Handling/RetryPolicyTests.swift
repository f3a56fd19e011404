import Testing

@testable import TaskQueue

@Suite struct RetryPolicyTests {
    private let policy = RetryPolicy.byType(
        ["mail:": .init { _, _, _ in .seconds(1) }, "mail:urgent": .init { retried, _, _ in .seconds(10 + retried) }],
        otherwise: .init { _, _, _ in .seconds(100) })

    @Test(arguments: [("mail:welcome", 1), ("mail:urgent", 12), ("mail:urgent:sms", 12), ("mai", 100), ("", 100)])
    func `the longest prefix of the type chooses the policy`(type: String, seconds: Int) {
        let delay = policy.delay(retried: 2, task: QueueTask(type: type), error: TestFailure(description: "no"))
        #expect(delay == .seconds(seconds))
    }

    @Test(arguments: [(0, 15.0...44), (1, 16.0...74), (5, 640.0...814)])
    func `item 22: asynq's delay is n⁴ + 15 + random(0…29) × (n + 1) seconds`(
        retried: Int, seconds: ClosedRange<Double>
    ) {
        let task = QueueTask(type: "t")
        for _ in 0..<200 {
            let delay = RetryPolicy.asynq.delay(retried: retried, task: task, error: TestFailure(description: "no"))
            #expect(seconds.contains(delay / .seconds(1)))
        }
    }
}
