import HTTP
import Testing

/// The servers here never answer and the time limit is 30 s, so a cancellation that does not arrive shows as
/// `timedOut`.
@Suite(.timeLimit(.minutes(1))) struct HTTPCancellationTests {
    @Test func `cancelling the task ends a waiting request`() async throws {
        let fixture = try HTTPFixture { _ in .sendAndHang([]) }
        let task = Task { await expectFailure(.cancelled) { () throws(HTTPError) in try await fixture.get("/") } }
        for await _ in fixture.server.requests { break }
        task.cancel()
        let error = await task.value
        #expect(error?.isRetriable == false)
        await fixture.end()
    }

    @Test func `a task that is cancelled already sends nothing that is waited for`() async throws {
        let fixture = try HTTPFixture { _ in .sendAndHang([]) }
        await withTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask { _ = await expectFailure(.cancelled) { () throws(HTTPError) in try await fixture.get("/") } }
        }
        await fixture.end()
    }

    @Test func `cancelling a request that waits for its turn leaves the running one alone`() async throws {
        let fixture = try HTTPFixture(maxConnectionsPerHost: 1) { _ in .sendAndHang([]) }
        let running = Task { await expectFailure(.cancelled) { () throws(HTTPError) in try await fixture.get("/1") } }
        for await _ in fixture.server.requests { break }
        let waiting = Task { await expectFailure(.cancelled) { () throws(HTTPError) in try await fixture.get("/2") } }
        waiting.cancel()
        _ = await waiting.value
        #expect(fixture.server.heads.count == 1)
        running.cancel()
        _ = await running.value
        await fixture.end()
    }

    @Test func `closing the client ends every request`() async throws {
        let fixture = try HTTPFixture(maxConnectionsPerHost: 1) { _ in .sendAndHang([]) }
        await withTaskGroup(of: Void.self) { group in
            for path in ["/1", "/2", "/3"] {
                group.addTask {
                    await expectFailure(.cancelled) { () throws(HTTPError) in try await fixture.get(path) }
                }
            }
            for await _ in fixture.server.requests { break }
            await fixture.client.close()
        }
        await fixture.end()
    }
}
