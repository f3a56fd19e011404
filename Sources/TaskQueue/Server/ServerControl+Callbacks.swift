extension ServerControl {
    /// Calls a function of the program's from the housekeeping, and waits for its end; but once runs that do not end are
    /// left behind, so is this.
    ///
    /// Cancelling the caller cancels the function, and does not end the wait.
    func call(_ callback: @escaping @Sendable () async -> Void) async {
        let over = Latch()
        let calling = Task {
            await callback()
            over.open()
        }
        let leaving = Task {
            await leftBehind.wait()
            over.open()
        }
        // In a task of its own, so that no cancellation cuts the wait short.
        let waiting = Task { await over.wait() }
        await withTaskCancellationHandler {
            await waiting.value
        } onCancel: {
            calling.cancel()
        }
        leaving.cancel()
    }
}
