import Foundation
import Testing

@testable import TaskQueue

/// What a producer may build, and what is refused before anything is stored.
@Suite struct WorkflowTests {
    private let task = QueueTask(type: "t")

    /// Expects a refusal, or none.
    private func expect(
        _ code: EnqueueError.Code?, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
    ) {
        var met: EnqueueError.Code?
        do { try body() } catch { met = (error as? EnqueueError)?.code }
        #expect(met == code, sourceLocation: sourceLocation)
    }

    @Test func `a step's task has the workflow's id and its own name as its id, and says so in headers`() throws {
        var flow = try Workflow(queue: "q", id: "f.1")
        #expect(try flow.add("a", QueueTask(type: "t", payload: [1], headers: ["k": "v"])) == "a")
        let message = try #require(ComposedWorkflow(flow).steps.first).message
        #expect(message.id == "f.1.a")
        #expect(message.queue == "q")
        #expect(message.headers == ["k": "v", "schedcu-workflow": "f.1", "schedcu-step": "a"])
        #expect(StepReference(message) == StepReference(workflowID: "f.1", name: "a"))
    }

    @Test func `a task that was given a step's headers is no step`() throws {
        var flow = try Workflow(id: "f")
        try flow.add("a", task)
        var message = try #require(ComposedWorkflow(flow).steps.first).message
        message.id = "another"
        #expect(StepReference(message) == nil)
    }

    @Test func `a step is kept for the workflow's retention at least, which is 10 min at least`() throws {
        var brief = try Workflow(retention: .seconds(1))
        try brief.add("a", task)
        try brief.add("b", task, EnqueueOptions(retention: .seconds(7200)))
        #expect(try ComposedWorkflow(brief).steps.map(\.message.retentionSeconds) == [600, 7200])
        var usual = try Workflow()
        try usual.add("a", task)
        #expect(try ComposedWorkflow(usual).steps.map(\.message.retentionSeconds) == [86_400])
    }

    @Test func `a chain's steps wait each for the one before`() throws {
        let flow = try ComposedWorkflow(.chain([("a", task), ("b", task), ("c", task)]))
        #expect(flow.steps.map(\.name) == ["a", "b", "c"])
        #expect(flow.steps.map(\.predecessors) == [[], ["a"], ["b"]])
        #expect(flow.steps.map(\.successors) == [["b"], ["c"], []])
    }

    @Test func `a predecessor that is named twice counts once`() throws {
        var flow = try Workflow()
        try flow.add("a", task)
        try flow.add("b", task, after: ["a", "a"])
        #expect(try ComposedWorkflow(flow).steps.map(\.predecessors.count) == [0, 1])
        #expect(try ComposedWorkflow(flow).steps.map(\.successors.count) == [1, 0])
    }

    @Test(arguments: ["", " ", "a b", "a.b", "ä", "a:b", String(repeating: "a", count: 65)])
    func `a step's name of other than 1 to 64 letters, digits, - and _ is refused`(name: String) throws {
        var flow = try Workflow()
        expect(.invalidWorkflow) { try flow.add(name, task) }
        #expect(flow.steps.isEmpty)
        expect(nil) { try flow.add(String(repeating: "a", count: 62) + "-_", task) }
    }

    @Test func `a name that is there twice is refused, and the first step stays`() throws {
        var flow = try Workflow()
        try flow.add("a", QueueTask(type: "first"))
        expect(.invalidWorkflow) { try flow.add("a", QueueTask(type: "second")) }
        #expect(flow.steps.map(\.message.type) == ["first"])
    }

    @Test func `an id or a queue that cannot be is refused`() {
        expect(.invalidWorkflow) { _ = try Workflow(id: " ") }
        expect(.invalidWorkflow) { _ = try Workflow(id: String(repeating: "a", count: 201)) }
        expect(.invalidQueue) { _ = try Workflow(queue: " ") }
        expect(nil) { _ = try Workflow(id: String(repeating: "a", count: 200)) }
    }

    @Test func `options that a step cannot have are refused, another queue among them`() throws {
        var flow = try Workflow(queue: "q")
        for options in [
            EnqueueOptions(queue: "other"), EnqueueOptions(taskID: "x"), EnqueueOptions(processAt: Date()),
            EnqueueOptions(processIn: .seconds(1)), EnqueueOptions(unique: .seconds(1)), EnqueueOptions(group: "g"),
        ] {
            expect(.invalidWorkflow) { try flow.add("a", task, options) }
        }
        expect(.invalidType) { try flow.add("a", QueueTask(type: " ")) }
        #expect(flow.steps.isEmpty)
        try flow.add("a", task, EnqueueOptions(maxRetry: 3))
        try flow.add("b", task, EnqueueOptions(queue: "q"))
        #expect(flow.steps.map(\.message.queue) == ["q", "q"])
    }

    @Test func `a workflow without a step is refused`() throws {
        let flow = try Workflow()
        expect(.invalidWorkflow) { _ = try ComposedWorkflow(flow) }
    }

    @Test func `a step that waits for one that is not there is refused`() throws {
        var flow = try Workflow()
        try flow.add("a", task, after: ["nobody"])
        expect(.invalidWorkflow) { _ = try ComposedWorkflow(flow) }
        try flow.add("nobody", task)
        expect(nil) { _ = try ComposedWorkflow(flow) }
    }

    @Test(arguments: [[["a"]], [["b"], ["a"]], [[], ["a", "d"], ["b"], ["c"]]])
    func `steps that wait for each other are refused`(predecessors: [[String]]) throws {
        var flow = try Workflow()
        for (name, predecessors) in zip(["a", "b", "c", "d"], predecessors) {
            try flow.add(name, task, after: predecessors)
        }
        expect(.invalidWorkflow) { _ = try ComposedWorkflow(flow) }
    }

    @Test func `a workflow has 1000 steps at most`() throws {
        var flow = try Workflow()
        for number in 1...1000 { try flow.add("s\(number)", task) }
        expect(nil) { _ = try ComposedWorkflow(flow) }
        try flow.add("more", task)
        expect(.invalidWorkflow) { _ = try ComposedWorkflow(flow) }
    }

    @Test func `a workflow has 10,000 edges at most`() throws {
        var flow = try Workflow()
        let first = try (1...100).map { try flow.add("a\($0)", task) }
        for number in 1...100 { try flow.add("b\(number)", task, after: first) }
        expect(nil) { _ = try ComposedWorkflow(flow) }
        try flow.add("more", task, after: ["a1"])
        expect(.invalidWorkflow) { _ = try ComposedWorkflow(flow) }
    }

    @Test func `a step cannot hand over by itself`() {
        let step = StepContext(StepReference(workflowID: "f", name: "a")) { _ in [] }
        expect(.invalidHandOver) { try TaskContext(taskID: "f.a", queue: "q", step: step).handOver(to: task) }
        expect(nil) { try TaskContext(taskID: "f.a", queue: "q").handOver(to: task) }
    }
}
