/// Hears what our own producers and workers tell: pushes to queues that are not waited on, and earlier scheduled tasks.
struct WakeListener: Sendable {
    let broker: any Broker
    let catalog: QueueCatalog
    let watch: PendingWatch
    let forwarder: Forwarder
    let processorWake: WakeSignal

    /// Listens until cancelled; what is missed is found by looking.
    func run() async {
        for await event in broker.wakeUps() {
            switch event {
            case .pending(let queue) where catalog.weights[queue] != nil:
                let wasHeld = catalog.turns.hear(of: queue)
                if wasHeld || !watch.isWaiting(for: queue) { processorWake.signal() }
            case .scheduled(let queue) where catalog.weights[queue] != nil: forwarder.look(at: queue)
            case .pending, .scheduled: continue
            }
        }
    }
}
