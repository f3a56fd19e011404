import Logging
import Redis
import TaskEvents
import TaskQueue

/// A task by its full name: ids are unique per queue only.
struct TaskReference: Sendable, Hashable {
    let queue: String
    let id: String
}

/// Watches tasks until they are done and says how they ended.
struct TaskWatcher {
    /// The time between two ticks.
    private static let tick = Duration.milliseconds(100)
    /// A task that tells nothing is looked at every so many ticks: 2 s.
    private static let ticksBetweenLooks = 20
    /// How many looks in a row may fail before Redis counts as gone.
    private static let mostFailures = 5
    /// A person is told that a task waits when a look this late, from 1, finds it so: after 4 s.
    private static let lookOfHint = 3

    /// Where events are published.
    let configuration: RedisConfiguration
    /// Where tasks are looked at; the caller closes it.
    let inspector: TaskInspector
    let console: Console
    let logger: Logger
    /// The first event that is shown.
    var fromSeq = 1

    /// Watches the steps of a chain, one after the other; a step that never comes after a failed one is no surprise.
    ///
    /// - Parameter chain: The tasks in order; one for a task that is no chain.
    /// - Returns: The worst outcome.
    /// - Throws: An `ExitCode` after Ctrl-C, or `RedisError`.
    func watch(_ chain: [TaskReference]) async throws -> ExitStatus {
        var status = ExitStatus.done
        for (index, task) in chain.enumerated() {
            if index > 0, status != .done, status != .partial, try await stored(task) == nil { break }
            if index > 0 { console.say("next: task \(SafeText.line(task.id))") }
            let verdict = try await watch(task)
            status = status.worse(verdict.status)
        }
        return status
    }

    /// Watches one task until it is over, and says how it ended.
    private func watch(_ task: TaskReference) async throws -> TaskVerdict {
        let follower = TaskEventFollower(configuration: configuration, logger: logger)
        var run = Run(screen: WatchScreen(console: console, namesTask: false))
        let events = follower.events(of: [(queue: task.queue, id: task.id)], fromSeq: fromSeq)
        do {
            try await WatchSignal.forEach(of: events, tickEvery: Self.tick) { signal in
                try await handle(signal, of: task, &run) != .done
            }
        } catch {
            run.screen.clear()
            await follower.close()
            throw error
        }
        run.screen.clear()
        await follower.close()
        let verdict = TaskVerdict(
            run.task, ending: run.machine.ending, id: task.id, judgesThreshold: Self.asksForThreshold(run.task))
        tell(verdict, of: task, state: run.task?.state)
        return verdict
    }

    /// What is known while one task is watched.
    private struct Run {
        var machine = WatchStateMachine()
        var screen: WatchScreen
        /// The task at the last look; `nil` when it was not stored.
        var task: TaskInfo?
        var isNearEnd = false
        var ticks = 0
        var looks = 0
        var failures = 0
    }

    private func handle(
        _ signal: WatchSignal, of task: TaskReference, _ run: inout Run
    ) async throws -> WatchStateMachine.Action {
        var action = WatchStateMachine.Action.wait
        switch signal {
        case .event(let event):
            run.screen.show(event)
            action = run.machine.received(event)
            if action == .lookSoon { action = try await look(at: task, &run) }
        case .tick:
            run.ticks += 1
            guard run.isNearEnd || run.ticks % Self.ticksBetweenLooks == 1 else { return .wait }
            action = try await look(at: task, &run)
        case .interrupted:
            run.screen.clear()
            Self.sayInterrupted(task.id)
            throw ExitStatus.interrupted.exitCode
        case .ended(let error):
            throw error ?? RedisError(.connectionLost, "the events ended")
        }
        run.isNearEnd = action == .lookSoon
        return action
    }

    private func look(at task: TaskReference, _ run: inout Run) async throws -> WatchStateMachine.Action {
        do {
            run.task = try await stored(task)
            run.failures = 0
        } catch let error as RedisError {
            // The follower reconnects by itself; so does this, for a while.
            run.failures += 1
            guard error.isRetriable, run.failures < Self.mostFailures else { throw error }
            return .wait
        }
        run.looks += 1
        if run.looks == Self.lookOfHint, let info = run.task, info.state != .active, run.machine.ending == nil {
            run.screen.show(lines: [Self.hint(info)].compactMap(\.self))
        }
        return run.machine.looked(run.task?.state)
    }

    private func stored(_ task: TaskReference) async throws -> TaskInfo? {
        do {
            return try await inspector.task(task.id, in: task.queue)
        } catch let error as InspectorError where error.code == .taskNotFound || error.code == .queueNotFound {
            return nil
        }
    }

    /// Whether a task was enqueued with a threshold of its own; only then is coverage below it an outcome.
    private static func asksForThreshold(_ task: TaskInfo?) -> Bool {
        guard let task, let payload = try? JSONValue(parsing: task.payload) else { return false }
        return payload["threshold"]?.doubleValue != nil
    }

    private static func hint(_ task: TaskInfo) -> String? {
        switch task.state {
        case .pending: "the task waits for a worker. see schedcu workers list"
        case .scheduled, .retry: task.nextProcessAt.map { "the task waits until \(EventTimestamp.text(of: $0))" }
        default: nil
        }
    }

    private func tell(_ verdict: TaskVerdict, of task: TaskReference, state: TaskState?) {
        if let document = verdict.document {
            for line in ResultView(document: document, colour: Colour(isOn: console.usesColour)).lines {
                console.say(line)
            }
        }
        if console.isJSON {
            let object: JSONValue = [
                "task_id": .string(task.id), "queue": .string(task.queue),
                "state": state.map { .string($0.rawValue) } ?? .null,
                "exit_status": .integer(Int64(verdict.status.rawValue)),
                "result": verdict.document ?? .null,
            ]
            console.data(object.jsonText)
        }
        guard let complaint = verdict.complaint, let line = ErrorLine(complaint, usage: "").text else { return }
        Console.writeError(line)
    }

    /// Says that only the watching stopped.
    static func sayInterrupted(_ name: String) {
        Console.writeError(
            "schedcu: stopped watching; the task goes on. schedcu watch \(SafeText.line(name)) shows it again")
    }
}
