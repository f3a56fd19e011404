/// What is wrong with a people registry.
package struct PeopleRegistryError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// One thing to correct.
    package struct Problem: Sendable, Hashable {
        /// The entry's line, from 1.
        package let line: Int
        /// What, and what to do; no person's name or address.
        package let message: String
        /// The names of two people who cannot be told apart; empty for other problems.
        ///
        /// For the screen, not for logs.
        package let people: [String]

        /// Names a problem.
        package init(line: Int, message: String, people: [String] = []) {
            self.line = line
            self.message = message
            self.people = people
        }
    }

    /// All of them, in the order of the file.
    package let problems: [Problem]

    /// Collects problems.
    package init(problems: [Problem]) {
        self.problems = problems
    }

    init(line: Int, _ message: String) {
        problems = [Problem(line: line, message: message)]
    }

    package var description: String {
        problems.map { "people registry line \($0.line): \($0.message)" }.joined(separator: "\n")
    }

    /// As ``description``, with the names of people who cannot be told apart.
    package var debugDescription: String {
        problems.map { problem in
            let names = problem.people.isEmpty ? "" : " (\(problem.people.joined(separator: ", ")))"
            return "people registry line \(problem.line): \(problem.message)\(names)"
        }.joined(separator: "\n")
    }
}
