/// Why a credential could not be had; says where it was looked for and what to do, never what was found.
package struct CredentialError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    ///
    /// New codes may be added, so a `switch` over them needs a `default`.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base { case invalidName, notFound, unprotected, unreadable, malformed }
        private let base: Base
        private init(_ base: Base) { self.base = base }

        /// The name is none that a credential can have.
        package static let invalidName = Self(.invalidName)
        /// Neither file nor environment has it.
        package static let notFound = Self(.notFound)
        /// The file may be read or written by others than its owner.
        package static let unprotected = Self(.unprotected)
        /// The file cannot be read.
        package static let unreadable = Self(.unreadable)
        /// The file is empty, too long, no UTF-8, or not in the form of a list of credentials.
        package static let malformed = Self(.malformed)

        package var description: String { String(describing: base) }
    }

    /// The kind of failure.
    package let code: Code
    /// What happened, where, and what to do.
    package let message: String

    /// Makes an error.
    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
