package import Foundation

extension InMemoryBroker {
    package func waitForPending(in queue: String, timeout: Duration) async throws {
        let name = ExactText(queue)
        let end = ContinuousClock.now + timeout
        let wake = WakeSignal()
        let number = channel.listen { event in
            if case .pushed(name, _) = event { wake.signal() }
        }
        defer { channel.stop(number) }
        while change(in: queue, { queue, _ in queue.pending.isEmpty }) {
            let rest = end - .now
            guard rest > .zero else { return }
            await wake.wait(atMost: rest)
            try Task.checkCancellation()
        }
    }

    package func wakeUps() -> AsyncStream<WakeUp> {
        channel.stream { event in
            switch event {
            case .pushed(let queue, true), .roomMade(let queue): .pending(queue: queue.text)
            case .scheduled(let queue): .scheduled(queue: queue.text)
            default: nil
            }
        }
    }

    package func cancellations() -> AsyncStream<String> {
        channel.stream { event in
            if case .cancelled(let id) = event { id } else { nil }
        }
    }

    package func publishCancellation(ofTask id: String) async throws {
        channel.send([.cancelled(id: id)])
    }

    package func cancelRequests() -> AsyncStream<CancelRequest> {
        channel.stream { event in
            if case .cancelRequested(let request) = event { request } else { nil }
        }
    }

    package func endings(ofTask id: String, in queue: String) -> AsyncStream<Void> {
        let (name, id) = (ExactText(queue), ExactText(id))
        // What ended before anybody listened is found by the first look.
        return channel.stream(buffering: .bufferingNewest(1), first: ()) { event in
            event == .ended(queue: name, id: id) ? () : nil
        }
    }

    /// Waits for a moment of the broker's clock, and throws when the waiting task is cancelled.
    package func sleep(until moment: Date) async throws {
        let wake = WakeSignal()
        let number = channel.listen { event in
            if event == .turned { wake.signal() }
        }
        defer { channel.stop(number) }
        while true {
            try Task.checkCancellation()
            let left = moment.timeIntervalSince(now)
            guard left > 0 else { return }
            // A clock that stands still must not be looked at in a hot loop.
            await wake.wait(atMost: .seconds(min(max(left, 0.002), 30)))
        }
    }
}
