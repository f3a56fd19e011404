@testable import TaskQueue

/// A broker that holds one kind of call up until its gate is opened, and tells of each.
struct HoldingBroker {
    let broker: FlakyBroker
    let asked = Mailbox<Void>()
    let gate = Gate()

    init(_ real: any Broker, at held: FlakyBroker.Call) {
        broker = FlakyBroker(real) { [asked, gate] call in
            guard call == held else { return }
            asked.send(())
            await gate.waitStubbornly()
        }
    }
}
