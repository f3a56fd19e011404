import ArgumentParser
import Foundation

/// The exit statuses of a failed command.
enum FailureStatus: Int32 {
    case failed = 1
    case usage = 64
    case unreachable = 69
    case ourFault = 70
}

/// Why a command failed, as the one line that a person reads.
struct CommandFailure: Error, CustomStringConvertible {
    let status: FailureStatus
    let description: String

    init(_ status: FailureStatus, _ what: String, _ why: String, _ mend: String) {
        self.status = status
        description = "schedcu-worker: error: \(what): \(why). \(mend)"
    }
}

extension AsyncParsableCommand {
    /// Runs a command's body; a failure becomes one line on standard error and its exit status.
    func reporting(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let failure as CommandFailure {
            FileHandle.standardError.write(Data("\(failure.description)\n".utf8))
            throw ExitCode(failure.status.rawValue)
        } catch let exit as ExitCode {
            throw exit
        } catch {
            let failure = CommandFailure(.ourFault, "unexpected failure", "\(error)", "please report it")
            FileHandle.standardError.write(Data("\(failure.description)\n".utf8))
            throw ExitCode(failure.status.rawValue)
        }
    }
}
