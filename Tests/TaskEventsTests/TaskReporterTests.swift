import Foundation
import Logging
import Redis
import Testing

@testable import TaskEvents

@Suite(.timeLimit(.minutes(1))) struct TaskReporterTests {
    private let clock = ManualClock()
    private let sink = RecordingSink()
    private let reporter: TaskReporter

    init() {
        let sink = sink
        reporter = TaskReporter(
            source: EventSource(taskID: "t", type: "ods:import", queue: "q", attempt: 1, worker: "h:1"),
            timeline: EventTimeline(clock, date: { Date(timeIntervalSince1970: 0) }),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, send: sink.send)
    }

    @Test func `events come out in the order of the calls`() async {
        reporter.started()
        reporter.phaseBegan("ods")
        reporter.progress(phase: "ods", done: 1, total: 2, unit: "rows")
        reporter.errors([["code": "A"]])
        reporter.log(level: "info", message: "half")
        reporter.progress(phase: "ods", done: 2, total: 2, unit: "rows")
        reporter.phaseEnded("ods", statements: 3)
        reporter.retrying(error: "e", retryAt: Date(timeIntervalSince1970: 60), retriesLeft: 1)
        reporter.failed(error: "e", code: "C")
        reporter.cancelled(by: "user")
        reporter.finished(outcome: "SUCCESS", result: [:])
        #expect(await reporter.flush())
        var calls = sink.calls()
        var kinds: [TaskEvent.Kind] = []
        while kinds.last != .finished, let events = await calls.next() { kinds += events.map(\.kind) }
        // How much of the progress is the newest depends on when the drain looked; all else does not.
        #expect(
            kinds.filter { $0 != .progress && $0 != .errors && $0 != .log }
                == [.started, .phase, .phase, .retrying, .failed, .cancelled, .finished])
        #expect(kinds.filter { $0 == .errors || $0 == .log } == [.errors, .log])
        #expect(kinds.lastIndex(of: .progress) ?? 0 < kinds.lastIndex(of: .phase) ?? 0)
    }

    @Test func `no call waits while publishing hangs, and then only the newest progress is published`() async {
        sink.shut()
        var calls = sink.calls()
        reporter.started()
        _ = await calls.next()
        for done in 0...1000 { reporter.progress(phase: "ods", done: done, total: 1000, unit: "rows") }
        reporter.errors((0..<150).map { ["row": .integer($0)] })
        reporter.finished(outcome: "PARTIAL", result: [:])
        sink.open()
        let events = await calls.next() ?? []
        #expect(events.map(\.kind) == [.errors, .errors, .progress, .finished])
        #expect(events[2].body["done"] == 1000)
    }

    @Test func `the last progress goes without a further report once its time has come`() async {
        var calls = sink.calls()
        reporter.progress(phase: "ods", done: 1, total: 9, unit: "rows")
        let call1 = await calls.next()
        #expect(call1?.map { $0.body["done"] } == [1])
        reporter.progress(phase: "ods", done: 2, total: 9, unit: "rows")
        reporter.progress(phase: "ods", done: 3, total: 9, unit: "rows")
        await clock.somebodySleeps(until: .milliseconds(125))
        clock.advance(to: .milliseconds(125))
        let call2 = await calls.next()
        #expect(call2?.map { $0.body["done"] } == [3])
    }

    @Test func `an error does not wait for the progress that does`() async {
        var calls = sink.calls()
        reporter.progress(phase: "ods", done: 1, total: 9, unit: "rows")
        _ = await calls.next()
        reporter.progress(phase: "ods", done: 2, total: 9, unit: "rows")
        await clock.somebodySleeps(until: .milliseconds(125))
        reporter.errors([["code": "A"]])
        let call3 = await calls.next()
        #expect(call3?.map(\.kind) == [.errors])
    }

    @Test func `messages after the first go within the window, together`() async {
        var calls = sink.calls()
        reporter.errors([["code": "A"]])
        let call4 = await calls.next()
        #expect(call4?.map { $0.body["total"] } == [1])
        reporter.errors([["code": "B"]])
        reporter.errors([["code": "C"]])
        await clock.somebodySleeps(until: .milliseconds(50))
        clock.advance(to: .milliseconds(50))
        let call5 = await calls.next()
        #expect(call5?.map { $0.body["total"] } == [3])
    }

    @Test func `events that could not be published are published again, the same ones`() async {
        sink.fail(with: [RedisError(.connectionLost, "gone"), RedisError(.timedOut, "slow")])
        let timely = TaskReporter(
            source: reporter.source, timeline: .system,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, send: sink.send)
        var calls = sink.calls()
        timely.started()
        #expect(await timely.flush())
        var seen: [[Int]] = []
        for _ in 0..<3 { seen.append(await calls.next()?.map(\.seq) ?? []) }
        #expect(seen == [[1], [1], [1]])
    }

    @Test func `a flush ends at its limit and says that something still waits`() async {
        sink.shut()
        reporter.started()
        async let isDone = reporter.flush(within: .seconds(5))
        await clock.somebodySleeps(until: .seconds(5))
        clock.advance(to: .seconds(5))
        #expect(await isDone == false)
        sink.open()
        #expect(await reporter.flush())
    }

    @Test func `cancelling the caller does not cut a flush short`() async {
        sink.shut()
        var calls = sink.calls()
        let reporter = reporter
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            reporter.cancelled(by: "user")
            return await reporter.flush()
        }
        let call6 = await calls.next()
        #expect(call6?.map(\.kind) == [.cancelled])
        await clock.somebodySleeps(until: .seconds(5))
        sink.open()
        #expect(await task.value)
    }

    @Test func `what waits is given up when the client was closed`() async {
        sink.fail(with: [RedisError(.closed, "closed")])
        var calls = sink.calls()
        reporter.started()
        #expect(await reporter.flush())
        let call7 = await calls.next()
        #expect(call7?.count == 1)
        reporter.failed(error: "e", code: "C")
        let call8 = await calls.next()
        #expect(call8?.map(\.kind) == [.failed])
    }

    @Test func `a flush with nothing to publish returns at once`() async {
        #expect(await reporter.flush())
    }
}
