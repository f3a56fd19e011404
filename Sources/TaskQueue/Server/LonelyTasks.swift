import ConcurrencySupport
import Logging

/// Runs tasks that may be what kills their workers, each as the only one of this process (I8).
///
/// While one waits, nothing new is taken; it starts when the outcome of all others is written. A crash from then on is its
/// own, and whoever rescues it archives it.
struct LonelyTasks: Sendable {
    let broker: any Broker
    let control: ServerControl
    let runner: TaskRunner
    let logger: Logger
    private struct Room {
        var waiting: [RunningTask] = []
        /// Nobody who comes now would get a turn.
        var isClosed = false
    }

    private let room = LockedValue(Room())

    /// Makes an empty waiting room.
    init(broker: any Broker, control: ServerControl, runner: TaskRunner, logger: Logger) {
        self.broker = broker
        self.control = control
        self.runner = runner
        self.logger = logger
    }

    /// Lets a registered task wait for its turn, or gives it back when no more turns come.
    func add(_ task: RunningTask) {
        let isAdmitted = room.withLock { room in
            guard !room.isClosed else { return false }
            // Noted before anybody can take it out again.
            control.changeSlots { $0.mustWaitToRunAlone() }
            room.waiting.append(task)
            return true
        }
        guard isAdmitted else {
            runner.giveUp(task)
            return
        }
        logger.warning("two workers died with this task; it will run alone", metadata: task.run.logMetadata)
    }

    /// Runs what waits, one at a time, until the server takes no more tasks; what still waits then is given back.
    func run() async {
        while true {
            if control.slots.mayRunAlone, control.state.isFetching {
                await runFirst()
            } else if control.state.isFetching {
                await control.aloneWake.wait()
            } else {
                break
            }
        }
        let left = room.withLock { room in
            defer { room = Room(isClosed: true) }
            return room.waiting
        }
        for task in left {
            control.changeSlots { $0.gaveUpWaiting() }
            runner.giveUp(task)
        }
    }

    private func runFirst() async {
        guard let task = room.withLock({ $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }) else { return }
        do {
            // Written before the handler starts, so that no crash of this run can be taken for a bystander's.
            guard try await broker.markAlone(task.run) == .written else {
                control.changeSlots { $0.gaveUpWaiting() }
                runner.forget(task)
                return
            }
        } catch {
            logger.warning(
                "a task that must run alone was given back",
                metadata: task.run.logMetadata.merging(["error": "\(error)"]) { $1 })
            control.changeSlots { $0.gaveUpWaiting() }
            runner.giveUp(task)
            return
        }
        control.changeSlots { $0.beganAlone() }
        runner.start(task, isAlone: true)
    }
}
