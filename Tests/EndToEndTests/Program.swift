import ConcurrencySupport
import Foundation
import Testing

/// One of the built executables, run as a user would run it.
final class Program: Sendable {
    /// What a program that ended left.
    struct Ending: Sendable {
        let status: Int32
        let output: String
        let errors: String
    }

    private let process: LockedValue<Process>
    private let ended = LockedValue<(isOver: Bool, waiters: [CheckedContinuation<Void, Never>])>((false, []))
    private let folder: URL

    /// The process id.
    let id: Int32

    /// Starts a program of this package's build folder.
    ///
    /// - Parameters:
    ///   - name: The product.
    ///   - arguments: Its arguments.
    ///   - environment: Added to a bare environment.
    /// - Throws: What keeps it from starting.
    init(_ name: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "schedcu-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.folder = folder
        let process = Process()
        process.executableURL = Self.buildFolder.appending(path: name)
        process.arguments = arguments
        var full = ["PATH": "/usr/bin:/bin", "HOME": folder.path, "LANG": "C.UTF-8"]
        full.merge(environment) { $1 }
        process.environment = full
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.file(folder.appending(path: "output"))
        process.standardError = try Self.file(folder.appending(path: "errors"))
        let ended = ended
        process.terminationHandler = { _ in
            let waiters = ended.withLock { state -> [CheckedContinuation<Void, Never>] in
                defer { state = (true, []) }
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }
        try process.run()
        id = process.processIdentifier
        self.process = LockedValue(process)
    }

    deinit {
        process.withLock { if $0.isRunning { kill($0.processIdentifier, SIGKILL) } }
        try? FileManager.default.removeItem(at: folder)
    }

    /// Runs a program to its end.
    static func run(_ name: String, _ arguments: [String], environment: [String: String] = [:]) async throws -> Ending {
        try await Program(name, arguments, environment: environment).ending()
    }

    /// Sends a signal.
    func signal(_ number: Int32) { kill(id, number) }

    /// Waits for the end.
    func ending() async -> Ending {
        await withCheckedContinuation { continuation in
            let isOver = ended.withLock { state -> Bool in
                if !state.isOver { state.waiters.append(continuation) }
                return state.isOver
            }
            if isOver { continuation.resume() }
        }
        return Ending(status: process.withLock { $0.terminationStatus }, output: output, errors: errors)
    }

    /// Standard output so far.
    var output: String { text("output") }
    /// Standard error so far.
    var errors: String { text("errors") }

    private func text(_ name: String) -> String {
        String(decoding: (try? Data(contentsOf: folder.appending(path: name))) ?? Data(), as: UTF8.self)
    }

    private static func file(_ url: URL) throws -> FileHandle {
        try Data().write(to: url)
        return try FileHandle(forWritingTo: url)
    }

    private static var buildFolder: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    }
}
