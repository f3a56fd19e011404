extension InMemoryBroker {
    /// Whether no queue has a pending, a running, or a due scheduled or failed task.
    ///
    /// Tasks that are due later do not count (``advance(by:)`` makes them due), nor do those that wait in a group.
    public var isIdle: Bool {
        change { state, now in !state.queues.values.contains { $0.isBusy(at: now) } }
    }

    /// Waits until ``isIdle``: until whatever can run by now has run.
    ///
    /// It returns once the last outcome is stored; the server's own callbacks may still be running.
    ///
    /// - Parameter limit: How long to wait, by the time that really passes.
    /// - Throws: ``InMemoryBrokerError`` with `notIdle` when there is still something to run, such as tasks of a queue that no
    ///   server serves; `CancellationError` when the caller is cancelled.
    public func waitUntilIdle(within limit: Duration = .seconds(30)) async throws {
        let end = ContinuousClock.now + limit
        let wake = WakeSignal()
        let number = channel.listen { event in
            if event == .settled || event == .turned { wake.signal() }
        }
        defer { channel.stop(number) }
        while !isIdle {
            try Task.checkCancellation()
            let rest = end - .now
            guard rest > .zero else { throw InMemoryBrokerError(.notIdle, "after \(limit) \(busyText)") }
            await wake.wait(atMost: rest)
        }
    }

    private var busyText: String {
        change { state, now in
            let busy = state.queues.values.filter { $0.isBusy(at: now) }.sorted { $0.name < $1.name }
            let texts = busy.map {
                "queue \"\($0.name.text)\" has \($0.pending.count) pending and \($0.active.count) running tasks"
            }
            return texts.joined(separator: ", ") + "; does a server serve it, and do its handlers return?"
        }
    }
}
