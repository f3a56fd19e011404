import Testing

@testable import TaskQueue

@Suite struct RetryPolicyByTypeTests {
    private let policy = RetryPolicy.byType(
        ["mail:": .init { _, _, _ in .seconds(1) }, "mail:urgent": .init { retried, _, _ in .seconds(10 + retried) }],
        otherwise: .init { _, _, _ in .seconds(100) })

    @Test(arguments: [("mail:welcome", 1), ("mail:urgent", 12), ("mail:urgent:sms", 12), ("mai", 100), ("", 100)])
    func `the longest prefix of the type chooses the policy`(type: String, seconds: Int) {
        let delay = policy.delay(retried: 2, task: QueueTask(type: type), error: TestFailure(description: "no"))
        #expect(delay == .seconds(seconds))
    }
}
