import Logging
import Testing

@testable import TaskQueue

extension WholeLife {
    /// Runs a workflow to its end, cancels one, and leaves one that waits.
    func runWorkflows(logger: Logger) async throws {
        let queue = "flow ü"
        func flow(_ id: String) throws -> Workflow {
            var flow = try Workflow(queue: queue, id: id)
            let parts = try ["a", "b"].map { try flow.add($0, QueueTask(type: "part")) }
            try flow.add("join", QueueTask(type: "join"), after: parts)
            return flow
        }
        try await client.enqueue(flow("done: ü"))
        let outcomes = Outcomes()
        let configuration = ServerFixture.configuration {
            $0.queues = QueueSelection(weights: [queue: 1])
            $0.report(to: outcomes)
        }
        let server = TaskServer(broker: broker, configuration: configuration, logger: logger)
        let running = Task {
            try await server.run(ClosureHandler { _, context in _ = try await context.step?.results(of: ["a"]) })
        }
        _ = try await outcomes.next(3)
        await server.shutdown()
        try await running.value
        for id in ["cancelled", "waiting"] { try await client.enqueue(flow(id)) }
        try await inspector.cancelWorkflow("cancelled", in: queue)
        #expect(try await broker.sweepWorkflows(in: queue) == 0)
        #expect(try await inspector.workflows(in: queue).count == 3)
    }
}
