import Foundation
import Redis

extension TaskInspector {
    /// One page of a queue's workflows, the newest first.
    ///
    /// - Parameters:
    ///   - queue: The queue's name.
    ///   - page: The page's number, from 1.
    ///   - size: How many workflows a page holds, from 1.
    /// - Returns: The workflows, each as at one moment; those that have expired are left out.
    /// - Throws: ``InspectorError`` with `queueNotFound`, else the store's error.
    public func workflows(in queue: String, page: Int = 1, size: Int = defaultPageSize) async throws -> [WorkflowInfo] {
        try await requireQueue(queue)
        let keys = RedisKeys(queue: queue)
        let range = Self.pageRange(page, size)
        let ids = try await client.send(
            "ZRANGE", .string(keys.workflows), .int(range.lowerBound), .int(range.upperBound - 1), "REV"
        ).array().map { try $0.string() }
        let replies = try await client.evaluate(
            WorkflowScripts.read,
            batch: ids.map { ([keys.workflow($0)], [.string($0), .string(keys.taskPrefix)]) })
        return try zip(ids, replies).compactMap { id, reply in try WorkflowInfo(reply.array(), id: id, queue: queue) }
    }

    /// One workflow with its steps, as at one moment.
    ///
    /// - Parameters:
    ///   - id: The workflow's id.
    ///   - queue: The queue's name.
    /// - Returns: The workflow.
    /// - Throws: ``InspectorError`` with `queueNotFound` or `workflowNotFound`, else the store's error.
    public func workflow(_ id: String, in queue: String) async throws -> WorkflowInfo {
        try await requireQueue(queue)
        let keys = RedisKeys(queue: queue)
        let reply = try await client.evaluate(
            WorkflowScripts.read, keys: [keys.workflow(id)], arguments: [.string(id), .string(keys.taskPrefix)])
        guard let info = try WorkflowInfo(reply.array(), id: id, queue: queue) else {
            throw Self.noWorkflow(id, queue)
        }
        return info
    }

    /// Cancels a workflow for good: none of its waiting steps starts any more, and those that have started and not succeeded
    /// are cancelled as ``cancel(_:in:)`` does.
    ///
    /// It may be called again, also to finish a call that threw.
    ///
    /// - Parameters:
    ///   - id: The workflow's id.
    ///   - queue: The queue's name.
    /// - Throws: ``InspectorError`` with `queueNotFound`, `workflowNotFound`, or `wrongState` when all steps have succeeded;
    ///   then nothing was changed. ``InspectorError`` with `malformedTask`, or the store's error: then no more steps start, but
    ///   some that have started may go on.
    public func cancelWorkflow(_ id: String, in queue: String) async throws {
        try await requireQueue(queue)
        let reply = try await client.evaluate(
            WorkflowScripts.cancel, keys: [RedisKeys(queue: queue).workflow(id)],
            arguments: [.integer(UnixTime.seconds(now()))]
        ).array().map { try $0.string() }
        switch reply.first {
        case "ok": break
        case "succeeded":
            throw InspectorError(
                .wrongState, "workflow \"\(id)\" in queue \"\(queue)\" cannot be cancelled: it has succeeded")
        default: throw Self.noWorkflow(id, queue)
        }
        try await Array(reply.dropFirst()).forEachDespiteErrors { name in
            do {
                _ = try await cancel(StepReference(workflowID: id, name: name).taskID, in: queue)
            } catch let error as InspectorError where [.wrongState, .taskNotFound].contains(error.code) {
                // It has ended by itself in the meantime, or was archived or deleted before.
            }
        }
    }

    private static func noWorkflow(_ id: String, _ queue: String) -> InspectorError {
        InspectorError(.workflowNotFound, "workflow not found: \"\(id)\" in queue \"\(queue)\"")
    }
}

extension WorkflowInfo {
    /// How many values ``WorkflowScripts/read`` answers of each step.
    private static let partsOfStep = 6

    /// Reads what ``WorkflowScripts/read`` answers; `nil` when there is no such workflow.
    init?(_ reply: [RedisReply], id: String, queue: String) throws {
        guard reply.count >= 3 else { return nil }
        self.id = id
        self.queue = queue
        createdAt = Date(timeIntervalSince1970: Double(try reply[0].string()) ?? 0)
        let parts = reply.dropFirst(3)
        steps = try stride(from: parts.startIndex, to: parts.endIndex - Self.partsOfStep + 1, by: Self.partsOfStep)
            .map { try Step(parts[$0..<($0 + Self.partsOfStep)], workflowID: id) }
        state = Self.state(
            isCancelled: try !reply[2].string().isEmpty, hasSucceeded: try reply[1].string() == "0",
            steps: Set(steps.map(\.state)))
    }

    private static func state(isCancelled: Bool, hasSucceeded: Bool, steps: Set<StepState>) -> State {
        if isCancelled { return .cancelled }
        if hasSucceeded { return .succeeded }
        if steps.contains(.gone) { return .stopped }
        return steps.contains(.archived) ? .failed : .running
    }
}

extension WorkflowInfo.Step {
    fileprivate init(_ parts: ArraySlice<RedisReply>, workflowID: String) throws {
        let texts = try parts.prefix(5).map { try $0.string() }
        name = texts[0]
        taskID = StepReference(workflowID: workflowID, name: name).taskID
        predecessors = texts[1].split(separator: " ").map(String.init)
        completedAt = Double(texts[2]).map { Date(timeIntervalSince1970: $0) }
        state =
            if completedAt != nil { .completed } else if !texts[3].isEmpty { .waiting } else {
                WorkflowInfo.StepState(rawValue: texts[4]) ?? .gone
            }
        let message = parts.last.flatMap { try? TaskMessage(decoding: $0.bytes()) }
        let error = message?.errorMessage ?? ""
        lastError = state != .completed && !error.isEmpty ? error : nil
    }
}
