import ConcurrencySupport
import Foundation
import Logging
import Postgres
import ScheduleModel
import ScheduleStore
import ScheduleTasks
import TaskEvents
package import TaskQueue

/// Runs the application's four task types (domain 2): decodes, runs the phases, tells the story, stores the result.
package struct ScheduleTaskHandler: TaskHandler {
    private let services: WorkflowServices
    private let running = LockedValue<[String: RunningStory]>([:])

    /// What is known of a run while its outcome is not.
    private struct RunningStory: Sendable {
        let source: EventSource
        var run: PhaseRun?
        var phase: Phase
    }

    /// Makes a handler.
    package init(services: WorkflowServices) {
        self.services = services
    }

    /// A mux that knows the four task types.
    package func mux() -> ServeMux {
        let mux = ServeMux()
        for type in ScheduleTaskType.allCases { mux.handle(type.rawValue, self) }
        return mux
    }

    /// Runs one task.
    ///
    /// - Throws: `SkipRetry` for what no retry can mend; other failures are retried by the queue.
    package func process(_ task: QueueTask, context: TaskContext) async throws {
        guard let type = ScheduleTaskType(rawValue: task.type) else { throw HandlerNotFound(type: task.type) }
        let payload: SchedulePayload
        let identity: TaskIdentity
        do {
            payload = try SchedulePayload(task.payload ?? [], for: type)
            identity = try Self.identity(of: task, payload: payload, context: context)
        } catch {
            remember(EventSource(task, context, hospital: nil, workflowID: nil), context: context)
            throw SkipRetry(error)
        }
        let code = payload.hospitalCode ?? Self.hospitalCode(ofQueue: context.queue)
        var source = EventSource(task, context, hospital: code, workflowID: payload.workflow?.id)
        remember(source, context: context)
        var reporter = services.events.reporter(for: source)
        reporter.started()
        do {
            let hospital = try await hospital(for: payload)
            if source.hospital != hospital.code {
                // The payload named it by id or version only: from here on the story is told as that hospital's.
                _ = await reporter.flush()
                source = EventSource(task, context, hospital: hospital.code, workflowID: payload.workflow?.id)
                reporter = services.events.reporter(for: source)
            }
            let run = PhaseRun(
                services: services, type: type, payload: payload, task: identity, hospital: hospital, reporter: reporter
            )
            remember(source, run: run, context: context)
            try await perform(run, context: context)
        } catch let failure as PhaseFailure where !failure.isRetriable {
            _ = await reporter.flush()
            throw SkipRetry(failure)
        } catch {
            _ = await reporter.flush()
            throw error
        }
    }

    /// Tells how a run ended, once the queue knows; give it to the server's `onOutcome`.
    package func outcome(_ context: TaskContext, _ outcome: TaskOutcome) async {
        guard let story = running.withLock({ $0.removeValue(forKey: Self.key(context)) }) else { return }
        let reporter = services.events.reporter(for: story.source)
        switch outcome {
        case .succeeded, .revoked, .requeued, .released, .expired:
            return
        case .retrying(let error, let date, let left):
            reporter.retrying(error: "\(error)", retryAt: date, retriesLeft: left)
        case .archived(let error):
            let cause = (error as? SkipRetry).map(\.underlying) ?? error
            let failure = PhaseFailure(cause, phase: story.phase)
            reporter.failed(error: "\(cause)", code: failure.code.rawValue)
            await goOn(story, after: failure)
        case .cancelled:
            reporter.cancelled(by: "user")
            await recordCancel(story)
        }
        _ = await reporter.flush()
    }

    private func perform(_ run: PhaseRun, context: TaskContext) async throws {
        let startedAt = services.now()
        let runner = WorkflowRunner(run: run) { phase in
            running.withLock { $0[Self.key(context)]?.phase = phase }
        }
        do {
            let progress = try await runner.perform()
            let result = TaskResult(
                run: run, reports: progress.reports, failed: progress.failed, statements: progress.statements,
                startedAt: startedAt, finishedAt: services.now())
            try await context.resultWriter.write(result.document.encoded())
            try NextStep(run: run, versionID: progress.versionID)?.handOver(in: context)
            run.reporter.finished(outcome: result.outcome.rawValue, result: result.summary)
            _ = await run.reporter.flush()
        } catch is Superseded {
            services.logger.info("a newer delivery owns the task", metadata: ["task-id": "\(context.taskID)"])
        }
    }

    private func hospital(for payload: SchedulePayload) async throws -> HospitalContext {
        do {
            if let id = payload.hospitalID {
                let hospital = try await services.store.hospital(id: id)
                guard payload.hospitalCode == nil || payload.hospitalCode == hospital.code else {
                    throw PhaseFailure(
                        "INVALID_PAYLOAD", "hospital_id and hospital_code name two hospitals", isRetriable: false)
                }
                return hospital
            }
            if let code = payload.hospitalCode { return try await services.store.hospital(code: code) }
            guard let version = payload.versionID else { throw PayloadError("hospital_id", "is missing") }
            return try await services.store.hospital(ofVersion: version)
        } catch {
            if error is CancellationError { throw error }
            throw PhaseFailure(error, phase: .ods)
        }
    }

    /// Hands a chain over after a scrape's last failed try: coverage is computed from what there is (domain 2, `workflow`).
    ///
    /// The queue ties a hand-over to success only, so this one is a step of its own after the archiving.
    private func goOn(_ story: RunningStory, after failure: PhaseFailure) async {
        guard let run = story.run, run.type == .amionScrape, failure.code != PhaseFailure.cancelled else { return }
        do {
            try await NextStep(run: run, versionID: nil)?.enqueue(in: run.task.queue, by: services.tasks)
        } catch {
            services.logger.error(
                "the next step of a chain could not be enqueued. enqueue it by hand",
                metadata: ["task-id": "\(run.task.taskID)", "error": "\(error)"])
        }
    }

    private func recordCancel(_ story: RunningStory) async {
        guard let run = story.run, !run.payload.isDryRun else { return }
        do {
            try await services.store.recordFailure(
                task: run.task, phase: story.phase.rawValue, hospitalID: run.hospital.id, status: .cancelled,
                code: PhaseFailure.cancelled, message: "cancelled")
        } catch {
            services.logger.warning("a cancel could not be recorded", metadata: ["error": "\(error)"])
        }
    }

    private func remember(_ source: EventSource, run: PhaseRun? = nil, context: TaskContext) {
        let story = RunningStory(source: source, run: run, phase: run?.type.firstPhase ?? .ods)
        running.withLock { $0[Self.key(context)] = story }
    }

    private static func key(_ context: TaskContext) -> String { "\(context.queue)\u{0}\(context.taskID)" }

    private static func hospitalCode(ofQueue queue: String) -> String? {
        guard queue.hasPrefix(ScheduleQueue.hospitalPrefix) else { return nil }
        let code = String(queue.dropFirst(ScheduleQueue.hospitalPrefix.count))
        return ScheduleQueue.isValid(hospitalCode: code) ? code : nil
    }

    private static func identity(
        of task: QueueTask, payload: SchedulePayload, context: TaskContext
    ) throws -> TaskIdentity {
        let canonical: [UInt8]
        do {
            canonical = try JSONValue(parsing: task.payload ?? []).encoded()
        } catch {
            throw PayloadError("", "is no JSON object")
        }
        return TaskIdentity(
            queue: context.queue, taskID: context.taskID, taskType: task.type, payloadSHA256: SHA256.hex(canonical),
            creatorID: payload.creatorID ?? .system, workflowID: payload.workflow?.id, worker: context.workerID)
    }
}

extension EventSource {
    fileprivate init(_ task: QueueTask, _ context: TaskContext, hospital: String?, workflowID: String?) {
        self.init(
            taskID: context.taskID, type: task.type, queue: context.queue, hospital: hospital, workflowID: workflowID,
            attempt: context.deliveries, worker: context.workerID)
    }
}

extension ScheduleTaskType {
    /// The phase that a task of this type begins with.
    var firstPhase: Phase {
        switch self {
        case .odsImport, .scheduleSync: .ods
        case .amionScrape: .amion
        case .coverageCalculate: .coverage
        }
    }
}
