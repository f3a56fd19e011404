import ArgumentParser

/// `schedcu completions`: prints a script that completes our commands in a shell.
struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions", abstract: "Prints a completion script for a shell.")

    @Argument(help: "bash, zsh or fish.")
    var shell: ShellArgument

    func run() throws {
        let script = SchedcuCommand.completionScript(for: shell.shell)
        Console(isJSON: false, isQuiet: false, allowsColour: false).data(script)
    }
}

/// A shell as an argument.
enum ShellArgument: String, ExpressibleByArgument, CaseIterable {
    case bash, zsh, fish

    /// The same for ArgumentParser.
    var shell: CompletionShell {
        switch self {
        case .bash: .bash
        case .zsh: .zsh
        case .fish: .fish
        }
    }
}
