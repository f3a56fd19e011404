import Foundation
import HTTP
import Testing

@Suite struct CredentialStoreTests {
    /// A folder of its own that goes away with the test.
    private final class Folder {
        let path: String

        init() throws {
            path = FileManager.default.temporaryDirectory.appending(path: "secrets-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func write(_ text: String, to name: String, mode: Int = 0o600) throws -> String {
            let file = "\(path)/\(name)"
            try Data(text.utf8).write(to: URL(filePath: file))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
            return file
        }
    }

    private static func failure(_ store: CredentialStore, _ name: String = "amion-north") -> CredentialError? {
        do throws(CredentialError) {
            _ = try store.secret(named: name)
            Issue.record("a secret was found")
            return nil
        } catch { return error }
    }

    @Test func `a credential is the content of the file of its name`() throws {
        let folder = try Folder()
        _ = try folder.write("hunter2\n", to: "amion-north")
        let store = CredentialStore(path: folder.path, environment: ["SCHEDCU_SECRET_AMION_NORTH": "other"])
        #expect(try store.secret(named: "amion-north").revealed == "hunter2")
    }

    @Test func `a credential is a line of the file of all`() throws {
        let folder = try Folder()
        let file = try folder.write(
            "# codes\n\namion-north: hunter2 =:x \namion-south = south\n", to: "all", mode: 0o400)
        let store = CredentialStore(path: file, environment: [:])
        #expect(try store.secret(named: "amion-north").revealed == "hunter2 =:x")
        #expect(try store.secret(named: "amion-south").revealed == "south")
    }

    @Test func `what the files do not have comes from the environment`() throws {
        let folder = try Folder()
        let environment = ["SCHEDCU_SECRET_AMION_NORTH_2": "hunter2"]
        for path in [folder.path, nil] {
            let store = CredentialStore(path: path, environment: environment)
            #expect(try store.secret(named: "amion-north.2").revealed == "hunter2")
        }
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o602, 0o601])
    func `a file that others may use is refused, with what to do`(mode: Int) throws {
        let folder = try Folder()
        let file = try folder.write("hunter2", to: "amion-north", mode: mode)
        let environment = ["SCHEDCU_SECRET_AMION_NORTH": "other"]
        let error = try #require(Self.failure(CredentialStore(path: folder.path, environment: environment)))
        #expect(error.code == .unprotected)
        #expect(error.message.hasSuffix("(mode \(String(mode, radix: 8))); run: chmod 600 \(file)"))
    }

    @Test func `a credential that nobody has is named with the places that were looked at`() throws {
        let folder = try Folder()
        let error = try #require(Self.failure(CredentialStore(path: folder.path, environment: [:])))
        #expect(error.code == .notFound)
        #expect(
            error.message == "credential amion-north: neither \(folder.path) nor SCHEDCU_SECRET_AMION_NORTH has it; "
                + "put it there, or correct credential_ref")
    }

    @Test(arguments: ["", "../etc/passwd", "a/b", ".hidden", "a b", "ä", String(repeating: "x", count: 65)])
    func `what is no name is refused and not repeated`(name: String) throws {
        let error = try #require(Self.failure(CredentialStore(path: "/", environment: [:]), name))
        #expect(error.code == .invalidName)
        #expect(name.isEmpty || !error.message.contains(name))
    }

    @Test(arguments: ["", "a\nb", "\u{0}"])
    func `a file of one credential holds one line`(text: String) throws {
        let folder = try Folder()
        _ = try folder.write(text, to: "amion-north")
        #expect(Self.failure(CredentialStore(path: folder.path, environment: [:]))?.code == .malformed)
    }

    @Test(arguments: ["hunter2", "amion-north:", ": hunter2", "amion-north: hunter2\namion-north: hunter2"])
    func `a list with a line that is no credential is refused without showing it`(text: String) throws {
        let folder = try Folder()
        let file = try folder.write(text, to: "all")
        let error = try #require(Self.failure(CredentialStore(path: file, environment: [:])))
        #expect(error.code == .malformed)
        #expect(!error.message.contains("hunter2"))
    }

    @Test func `a path where nothing is, is an error`() {
        let store = CredentialStore(path: "/nowhere/at/all", environment: ["SCHEDCU_SECRET_AMION_NORTH": "x"])
        #expect(Self.failure(store)?.code == .unreadable)
    }
}
