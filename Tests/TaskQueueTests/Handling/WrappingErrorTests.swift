import Testing

@testable import TaskQueue

/// An error with a text of its own before that of what it wraps, as Go's `fmt.Errorf("…: %w", err)` makes it.
struct Wrapped: WrappingError, CustomStringConvertible {
    let text: String
    let underlying: any Error

    var description: String { "\(text): \(underlying)" }
}

/// An error that wraps itself.
private final class Circle: WrappingError {
    var underlying: any Error { self }
}

@Suite struct WrappingErrorTests {
    /// An error under so many others.
    private func wrapped(_ error: any Error, times: Int) -> any Error {
        (0..<times).reduce(error) { error, _ in Wrapped(text: "w", underlying: error) }
    }

    @Test(arguments: [0, 1, 2, 99])
    func `item 25: a request is found under any sensible number of errors`(times: Int) {
        #expect(FailureRequest(wrapped(SkipRetry("x"), times: times)) == .archive)
        #expect(FailureRequest(wrapped(RevokeTask(), times: times)) == .delete)
        #expect(FailureRequest(wrapped(TestFailure(description: "x"), times: times)) == .none)
    }

    @Test func `item 25: of several requests the outermost counts`() {
        #expect(FailureRequest(SkipRetry(RevokeTask())) == .archive)
        #expect(FailureRequest(RevokeTask(SkipRetry("x"))) == .delete)
        #expect(FailureRequest(Wrapped(text: "w", underlying: SkipRetry(RevokeTask()))) == .archive)
    }

    @Test func `item 25: an error that wraps itself, or too many, asks for nothing and ends`() {
        #expect(FailureRequest(Circle()) == .none)
        #expect(Array(ErrorChain(Circle())).count == ErrorChain.maxLength)
        #expect(FailureRequest(wrapped(SkipRetry("x"), times: 100)) == .none)
    }

    @Test func `a chain holds the errors from the outside in, and finds the outermost of a type`() {
        let error = Wrapped(
            text: "a", underlying: Wrapped(text: "b", underlying: SkipRetry(TestFailure(description: "c"))))
        #expect(ErrorChain(error).map { "\($0)" } == ["a: b: c", "b: c", "c", "c"])
        #expect(ErrorChain(error).first(Wrapped.self)?.text == "a")
        #expect(ErrorChain(error).first(TestFailure.self) == TestFailure(description: "c"))
        #expect(ErrorChain(error).first(RevokeTask.self) == nil)
    }
}
