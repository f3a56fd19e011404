@testable import TaskQueue

extension FlakyBroker {
    func cancelRequests() -> AsyncStream<CancelRequest> { real.cancelRequests() }
}
