import Foundation

extension InMemoryBroker {
    /// Turns the clock forward, and does at once what is due by then.
    ///
    /// Due tasks become pending or join their group, staged groups whose time is over are put back, and completed and archived
    /// tasks that were kept long enough are deleted. Schedulers look at their clock again. Runs of servers that live keep their
    /// leases, as they would have kept them while the time passed; that a run is past its deadline its server sees with the
    /// next deadline only.
    ///
    /// - Parameter span: How far; zero or less turns nothing.
    public func advance(by span: Duration) {
        guard span > .zero else { return }
        let uptime = ContinuousClock.now
        change { state, now in
            state.turned += span.timeInterval
            let moment = now + span.timeInterval
            for name in Array(state.queues.keys) { state.catchUp(name, at: moment, uptime: uptime) }
        }
        channel.send([.turned])
    }
}

extension MemoryState {
    /// Does in one queue what is due.
    fileprivate mutating func catchUp(_ name: ExactText, at now: Date, uptime: ContinuousClock.Instant) {
        let lease = UnixTime.seconds(now) + RedisBroker.leaseSeconds
        for (workerID, task) in queues[name]?.owned ?? [] where isAlive(workerID, uptime: uptime) {
            queues[name]?.extendLease(of: ExactText(task.run.message.id), to: lease)
        }
        while let moved = queues[name]?.forward(at: now), moved > 0 {}
        _ = queues[name]?.reclaimStaleSets(at: now)
        while let gone = queues[name]?.deleteExpiredCompleted(limit: 1000, at: now), gone > 0 {}
        queues[name]?.trimArchive(at: now)
        // A server looks for the next moment of its scheduled tasks, and finds what it did not know.
        queues[name]?.events.append(.scheduled(queue: name))
    }
}
