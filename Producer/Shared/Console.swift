import Foundation
import Glibc
import ScheduleModel

/// Where a command's words go: data to standard output, words for people to standard output too, or to standard error
/// when `--json` keeps standard output for machines.
struct Console: Sendable {
    /// Whether standard output is for machines.
    let isJSON: Bool
    /// Whether words for people are left out.
    let isQuiet: Bool
    /// Whether colours may be used on a terminal.
    let allowsColour: Bool

    /// Whether words for people appear on a terminal.
    var isTerminal: Bool { isatty(isJSON ? STDERR_FILENO : STDOUT_FILENO) == 1 }
    /// Whether words for people have colours.
    var usesColour: Bool { allowsColour && isTerminal }

    /// Writes a line of data.
    func data(_ line: String) { Self.write(line + "\n", to: .standardOutput) }

    /// Writes a line for a person, unless `--quiet` says otherwise.
    func say(_ line: String) {
        guard !isQuiet else { return }
        Self.write(line + "\n", to: isJSON ? .standardError : .standardOutput)
    }

    /// Writes what is drawn over later: no line end, and only on a terminal.
    func draw(_ text: String) {
        guard !isQuiet, isTerminal else { return }
        Self.write(text, to: isJSON ? .standardError : .standardOutput)
    }

    /// Writes a line to standard error.
    static func writeError(_ line: String) { write(line + "\n", to: .standardError) }

    private static func write(_ text: String, to handle: FileHandle) {
        // A reader that went away is no error of ours: whatever is left to say has no listener.
        try? handle.write(contentsOf: Data(text.utf8))
    }
}

/// Text from elsewhere made safe for a terminal.
enum SafeText {
    /// The text with characters replaced that are not seen, so that it cannot move the cursor, forge a line or turn the
    /// direction of writing.
    static func line(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: ValidationMessage.isHidden) else { return text }
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { ValidationMessage.isHidden($0) ? "\u{FFFD}" : $0 }))
    }
}
