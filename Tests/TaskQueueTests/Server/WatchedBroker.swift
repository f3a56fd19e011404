@testable import TaskQueue

/// A broker whose dequeue calls are counted, and whose heartbeats are heard.
struct WatchedBroker {
    let broker: FlakyBroker
    let dequeues = Tally()
    let beats = Mailbox<Void>()

    init(_ real: any Broker) {
        broker = FlakyBroker(real) { [dequeues, beats] call in
            if call == .dequeue { dequeues.add() }
            if call == .writeServerState { beats.send(()) }
        }
    }
}
