import TaskQueue

/// The examples of the article on workflows.
enum WorkflowExamples {
    static func enqueue(client: TaskClient) async throws {
        // example: workflow
        var flow = try Workflow(queue: "reports", id: "report-2026-11")
        try flow.add("north", QueueTask(type: "sum"))
        try flow.add("south", QueueTask(type: "sum"))
        try flow.add("total", QueueTask(type: "total"), after: ["north", "south"])
        try await client.enqueue(flow)
        // end
    }

    static func handle(mux: ServeMux, add: @escaping @Sendable ([String: [UInt8]]) async throws -> Void) {
        // example: workflow-handler
        mux.handle("total") { task, context in
            let parts = try await context.step?.results(of: ["north", "south"]) ?? [:]
            try await add(parts)
        }
        // end
    }

    static func halves(client: TaskClient) async throws {
        // example: workflow-of-halves
        var flow = try Workflow(queue: "reports")
        let halves = [try flow.add("north", QueueTask(type: "sum")), try flow.add("south", QueueTask(type: "sum"))]
        try flow.add("total", QueueTask(type: "total"), after: halves)
        try await client.enqueue(flow)
        // end
    }

    static func chain(client: TaskClient) async throws {
        // example: workflow-chain
        let steps = ["fetch", "convert", "publish"].map { (name: $0, task: QueueTask(type: "video:\($0)")) }
        try await client.enqueue(Workflow.chain(steps, queue: "videos"))
        // end
    }
}
