import Foundation
import Testing

@testable import TaskEvents

@Suite struct EventOutboxTests {
    private static let source = EventSource(taskID: "t", type: "x", queue: "q", attempt: 1, worker: "h:1")
    private let at = Date(timeIntervalSince1970: 0)
    private var outbox = EventOutbox(source: source)

    @Test mutating func `progress goes at once and then eight times a second, the newest each time`() {
        var sent: [(Duration, Int)] = []
        for step in 0...1000 {
            let now = Duration.milliseconds(step)
            outbox.addProgress(
                ProgressReport(phase: "ods", done: step, total: 1000, unit: "rows", at: at, moment: now))
            for event in take(now) { sent.append((now, event.body["done"]?.intValue ?? -1)) }
        }
        #expect(sent.map(\.0) == (0...8).map { .milliseconds($0 * 125) })
        #expect(sent.map(\.1) == (0...8).map { $0 * 125 })
    }

    @Test mutating func `the last progress of a phase goes before the phase's end, however soon`() {
        report(1, at: .zero)
        #expect(take(.zero).count == 1)
        report(2, at: .milliseconds(1))
        report(3, at: .milliseconds(2))
        #expect(outbox.next(at: at, now: .milliseconds(2)) == .wait(until: .milliseconds(125)))
        outbox.add(.phase, body: EventBody.phaseEnded("ods", statements: 3), at: at, now: .milliseconds(3))
        let events = take(.milliseconds(3))
        #expect(events.map(\.kind) == [.progress, .phase])
        #expect(events[0].body["done"] == 3)
        // Sent ahead of its time, so the next one is put off.
        report(4, at: .milliseconds(4))
        #expect(outbox.next(at: at, now: .milliseconds(4)) == .wait(until: .milliseconds(250)))
    }

    @Test mutating func `only the newest progress is kept while nothing can be published, and all errors and finals`() {
        for step in 0..<1000 { report(step, at: .milliseconds(step * 100)) }
        outbox.addMessages(Self.messages(250), at: at, now: .seconds(100))
        outbox.add(.failed, body: EventBody.failed(error: "e", code: "C"), at: at, now: .seconds(100))
        let events = take(.seconds(100))
        #expect(events.map(\.kind) == [.errors, .errors, .errors, .progress, .failed])
        #expect(events[3].body["done"] == 999)
    }

    @Test mutating func `the first message goes at once, the next within the window`() {
        outbox.addMessages(Self.messages(1), at: at, now: .zero)
        #expect(take(.zero).map(\.kind) == [.errors])
        outbox.addMessages(Self.messages(1), at: at, now: .milliseconds(10))
        outbox.addMessages(Self.messages(1), at: at, now: .milliseconds(59))
        #expect(outbox.next(at: at, now: .milliseconds(59)) == .wait(until: .milliseconds(60)))
        let events = take(.milliseconds(60))
        #expect(events.map { $0.body["messages"]?.arrayValue?.count } == [2])
        #expect(events[0].body["total"] == 3)
    }

    @Test mutating func `messages are sent in order with the total so far, 100 an event`() {
        outbox.addMessages(Self.messages(250), at: at, now: .zero)
        let events = take(.zero)
        #expect(events.map { $0.body["total"] } == [100, 200, 250])
        #expect(events.flatMap { $0.body["messages"]?.arrayValue ?? [] } == Self.messages(250))
    }

    @Test mutating func `messages that do not fit in one event are split, and every event is within 64 KiB`() {
        let messages = (0..<100).map { index in
            JSONValue.object([
                "severity": "ERROR", "code": "C", "message": .string(String(repeating: "ä\"", count: 500)),
                "row": .integer(Int64(index)),
            ])
        }
        outbox.addMessages(messages, at: at, now: .zero)
        guard case .publish(let pending) = outbox.next(at: at, now: .zero) else {
            Issue.record("nothing to publish")
            return
        }
        #expect(pending.count > 1)
        #expect(pending.allSatisfy { $0.size <= 64 * 1024 })
        #expect(Self.events(pending).flatMap { $0.body["messages"]?.arrayValue ?? [] } == messages)
    }

    @Test mutating func `a log line is cut, and lines beyond the limit are dropped`() throws {
        outbox.add(
            .log, body: EventBody.log(level: "info", message: String(repeating: "x", count: 99_999)), at: at, now: .zero
        )
        let event = try #require(take(.zero).first)
        #expect(event.body["message"]?.stringValue?.utf8.count == TaskEventLimits.maxTextBytes)
        for _ in 0..<600 { outbox.add(.log, body: EventBody.log(level: "info", message: "m"), at: at, now: .zero) }
        #expect(outbox.dropped == 100)
        #expect(take(.zero).count == 500)
        outbox.add(.log, body: EventBody.log(level: "info", message: "m"), at: at, now: .zero)
        #expect(take(.zero).count == 1)
    }

    @Test mutating func `a call holds at most 64 events and half a mebibyte`() {
        for _ in 0..<100 { outbox.add(.started, body: [:], at: at, now: .zero) }
        guard case .publish(let small) = outbox.next(at: at, now: .zero) else {
            Issue.record("nothing to publish")
            return
        }
        #expect(small.count == 64)
        _ = take(.zero)
        for _ in 0..<20 {
            outbox.addMessages([.string(String(repeating: "x", count: 30_000))], at: at, now: .zero)
            outbox.add(.phase, body: EventBody.phaseBegan("p"), at: at, now: .zero)
        }
        guard case .publish(let large) = outbox.next(at: at, now: .zero) else {
            Issue.record("nothing to publish")
            return
        }
        #expect(large.map(\.size).reduce(0, +) <= 512 * 1024)
        #expect(large.count < 40)
    }

    @Test mutating func `an event whose names alone are too large is dropped`() {
        let name = String(repeating: "x", count: 70_000)
        outbox = EventOutbox(source: EventSource(taskID: name, type: "x", queue: "q", attempt: 1, worker: "h:1"))
        outbox.add(.started, body: [:], at: at, now: .zero)
        outbox.addMessages(Self.messages(1), at: at, now: .zero)
        #expect(outbox.next(at: at, now: .zero) == .idle)
        let dropped = [outbox.takeDropped(), outbox.takeDropped()]
        #expect(dropped == [2, 0])
    }

    @Test mutating func `the numbering outlives the wait for the next try`() {
        outbox.add(
            .retrying, body: EventBody.retrying(error: "e", retryAt: at + 3600, retriesLeft: 1), at: at, now: .zero)
        outbox.add(
            .retrying, body: EventBody.retrying(error: "e", retryAt: .distantFuture, retriesLeft: 1), at: at, now: .zero
        )
        guard case .publish(let events) = outbox.next(at: at, now: .zero) else {
            Issue.record("nothing to publish")
            return
        }
        #expect(events.map(\.lifetime) == [.seconds(25 * 3600), .seconds(31 * 24 * 3600)])
        #expect(events.map(\.number) == [1, 2])
    }

    @Test mutating func `no message of a flood waits longer than the window, and the events are few and in order`() {
        var waits: [Duration] = []
        var found: [Duration] = []
        var sent = 0
        var events: [TaskEvent] = []
        for step in 0...1100 {
            let now = Duration.milliseconds(step)
            if step < 1000 {
                outbox.addMessages([["row": .integer(Int64(step))]], at: at, now: now)
                found.append(now)
            }
            for event in take(now) {
                events.append(event)
                let messages = event.body["messages"]?.arrayValue ?? []
                for message in messages {
                    #expect(message["row"]?.intValue == sent)
                    waits.append(now - found[sent])
                    sent += 1
                }
                #expect(event.body["total"]?.intValue == sent)
            }
        }
        #expect(sent == 1000)
        #expect(waits.first == .zero)
        #expect(waits.allSatisfy { $0 <= TaskEventLimits.errorWindow })
        #expect(events.count <= 21)
    }

    @Test mutating func `findings that are not sent count in the total of the event that speaks of them`() {
        outbox.addMessages(Self.messages(250), at: at, now: .zero)
        outbox.addMessages([["code": "MESSAGES_TRUNCATED"]], unsent: 4000, at: at, now: .zero)
        outbox.addMessages([["code": "DUPLICATE_BATCH"]], at: at, now: .zero)
        outbox.hurry(at: at, now: .zero)
        let totals = take(.zero).map { $0.body["total"]?.intValue }
        #expect(totals.last == 4251)
        #expect(totals.dropLast().allSatisfy { $0.map { $0 <= 250 } == true })
    }

    @Test mutating func `progress says what else is counted, and never in place of its own keys`() throws {
        outbox.addProgress(
            ProgressReport(
                phase: "ods", done: 65_536, total: 1_000_000, unit: "bytes",
                counts: ["rows": 220, "bad_rows": 3, "done": 1],
                at: at, moment: .zero))
        let body = try #require(take(.zero).first).body
        #expect(body["rows"] == 220 && body["bad_rows"] == 3)
        #expect(body["done"] == 65_536 && body["unit"] == "bytes")
    }

    // MARK: Helpers

    private mutating func report(_ done: Int, at now: Duration) {
        outbox.addProgress(
            ProgressReport(phase: "ods", done: done, total: nil, unit: "rows", at: at, moment: now))
    }

    /// Takes all that is due.
    private mutating func take(_ now: Duration) -> [TaskEvent] {
        var taken: [PendingEvent] = []
        while case .publish(let events) = outbox.next(at: at, now: now) {
            taken += events
            outbox.published(events.count)
        }
        return Self.events(taken)
    }

    private static func events(_ pending: [PendingEvent]) -> [TaskEvent] {
        pending.compactMap { try? TaskEvent(decoding: $0.prefix + Array("1".utf8) + $0.suffix) }
    }

    private static func messages(_ count: Int) -> [JSONValue] {
        (0..<count).map { ["severity": "ERROR", "code": "C", "message": "m", "row": .integer(Int64($0))] }
    }
}

@Suite struct ProgressMeterTests {
    @Test func `rate and time left come from the phase's mean`() {
        var meter = ProgressMeter()
        meter.begin("ods", now: .seconds(10))
        meter.observe("ods", done: 300, now: .seconds(12))
        let body = meter.body(of: report(done: 300, total: 1000, moment: .seconds(12)))
        #expect(body["rate"] == 150.0)
        #expect(body["eta_s"] == 5)
    }

    @Test func `nothing is claimed while nothing is known`() {
        var meter = ProgressMeter()
        meter.observe("ods", done: 0, now: .zero)
        let body = meter.body(of: report(done: 0, total: nil, moment: .zero))
        #expect(body["rate"] == 0.0)
        #expect(body["eta_s"] == .null)
        #expect(body["total"] == .null)
    }

    @Test func `the end has no time left, even beyond the total`() {
        var meter = ProgressMeter()
        meter.begin("ods", now: .zero)
        #expect(meter.body(of: report(done: 11, total: 10, moment: .seconds(1)))["eta_s"] == 0)
    }

    private func report(done: Int, total: Int?, moment: Duration) -> ProgressReport {
        ProgressReport(
            phase: "ods", done: done, total: total, unit: "rows", at: Date(timeIntervalSince1970: 0), moment: moment)
    }
}
