/// An error that was made of another: Go's `Unwrap`.
///
/// A server looks through such errors for a ``SkipRetry`` or a ``RevokeTask``, so that a handler may add to one what it
/// was doing. The text that is stored is the outermost error's.
public protocol WrappingError: Error {
    /// What the error was made of.
    var underlying: any Error { get }
}

/// An error, what it wraps, what that wraps, and so on: what Go's `errors.Is` and `errors.As` walk along.
///
/// It ends after 100 errors, since an error that is a class may wrap itself.
///
/// <!-- not-a-failure -->
/// ```swift
/// configuration.isFailure = { ErrorChain($0).first(RateLimited.self) == nil }
/// ```
public struct ErrorChain: Sequence, Sendable {
    /// How many errors are looked at: far more than anybody wraps.
    static let maxLength = 100

    private let outermost: any Error

    /// The chain that begins with an error.
    public init(_ error: any Error) {
        outermost = error
    }

    /// The errors, the outermost first.
    public func makeIterator() -> AnyIterator<any Error> {
        var next: (any Error)? = outermost
        var count = 0
        return AnyIterator {
            guard let error = next, count < Self.maxLength else { return nil }
            count += 1
            next = (error as? any WrappingError)?.underlying
            return error
        }
    }

    /// The outermost error of a type; `nil` when there is none.
    public func first<Wanted: Error>(_ type: Wanted.Type) -> Wanted? {
        for error in self { if let wanted = error as? Wanted { return wanted } }
        return nil
    }
}

/// What a handler's error asks for.
///
/// Pure. Source: asynq `processor.handleFailedMessage`.
enum FailureRequest: Sendable, Equatable {
    /// Nothing: the task is tried again while it may be.
    case none
    /// No more tries: a ``SkipRetry``.
    case archive
    /// The task is not wanted any more: a ``RevokeTask``.
    case delete

    /// The outermost request in an error's chain.
    init(_ error: any Error) {
        for error in ErrorChain(error) {
            switch error {
            case is RevokeTask:
                self = .delete
                return
            case is SkipRetry:
                self = .archive
                return
            default: continue
            }
        }
        self = .none
    }
}
