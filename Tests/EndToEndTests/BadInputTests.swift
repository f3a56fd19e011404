import Foundation
import PostgresTestSupport
import RedisTestSupport
import Testing

/// What is wrong is said in one line with its exit status, and loses nothing.
@Suite(.requiresRedis, .requiresPostgres, .timeLimit(.minutes(5)))
struct BadInputTests {
    /// One wrong call.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let what: String
        let arguments: [String]
        var environment: [String: String] = [:]
        let status: Int32

        var testDescription: String { what }
    }

    static let sample = Installation.sample("morning-list.ods")

    static let wrongs = [
        Wrong(what: "a missing file", arguments: ["import", "/nowhere/x.ods", "--hospital", "NORTH"], status: 66),
        Wrong(
            what: "a file that is no workbook by its name",
            arguments: ["import", "/etc/passwd", "--hospital", "NORTH"],
            status: 65),
        Wrong(
            what: "an unknown option", arguments: ["import", sample, "--hospital", "NORTH", "--nonsense"], status: 64),
        Wrong(what: "no hospital", arguments: ["import", sample], status: 64),
        Wrong(what: "a hospital's code that is none", arguments: ["import", sample, "--hospital", "n/o"], status: 64),
        Wrong(
            what: "a wrong URL", arguments: ["queues", "list", "--redis", "http://127.0.0.1/"], status: 64),
        Wrong(
            what: "a password on the command line",
            arguments: ["queues", "list", "--redis", "redis://:s3cret@127.0.0.1/0"],
            status: 64),
        Wrong(what: "no Redis", arguments: ["queues", "list", "--redis", "redis://127.0.0.1:1/0"], status: 69),
        Wrong(
            what: "no Postgres", arguments: ["hospitals", "list", "--postgres", "postgresql://127.0.0.1:1/none"],
            status: 69),
    ]

    @Test(.redisDatabase, arguments: wrongs)
    func `a wrong call is one line and its exit status`(wrong: Wrong) async throws {
        let redis = try #require(RedisDatabaseTrait.current)
        let ending = try await Program.run(
            "schedcu", wrong.arguments, environment: ["SCHEDCU_REDIS_URL": redis.url])
        #expect(ending.status == wrong.status, "\(ending.errors)")
        #expect(!ending.errors.contains("s3cret"))
        #expect(ending.output.isEmpty)
        if wrong.status != 64 {
            let lines = ending.errors.split(separator: "\n")
            #expect(lines.count == 1, "\(ending.errors)")
            #expect(lines.first?.hasPrefix("schedcu: error: ") == true)
        }
    }

    /// Workbooks that cannot be used, and what says so: the first the producer, the others the worker.
    static let unusable: [(String, [UInt8], String)] = [
        ("text.ods", Array("no zip at all".utf8), "INVALID_FILE_TYPE"),
        ("damaged.ods", localHeader + Array("but nothing that a header would announce".utf8), "FILE_READ_ERROR"),
        ("no-content.ods", zipWithoutContent, "MISSING_CONTENT_XML"),
        ("unknown-layout.fods", Array(unknownLayout.utf8), "INVALID_FILE_FORMAT"),
    ]

    /// How every member of a zip archive begins.
    static let localHeader: [UInt8] = [0x50, 0x4b, 3, 4]

    /// A zip archive with one empty, stored member named `a`: local header, central directory, end record.
    static let zipWithoutContent: [UInt8] = {
        let common: [UInt8] = [20, 0] + [UInt8](repeating: 0, count: 20) + [1, 0, 0, 0]
        let local = localHeader + common + Array("a".utf8)
        let central = [0x50, 0x4b, 1, 2, 20, 0] + common + [UInt8](repeating: 0, count: 14) + Array("a".utf8)
        let sizes: [UInt8] = [UInt8(central.count), 0, 0, 0, UInt8(local.count), 0, 0, 0, 0, 0]
        return local + central + [0x50, 0x4b, 5, 6, 0, 0, 0, 0, 1, 0, 1, 0] + sizes
    }()

    static let unknownLayout = """
        <?xml version="1.0"?><o:document xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0" \
        xmlns:t="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:x="urn:oasis:names:tc:opendocument:xmlns:text:1.0" \
        o:mimetype="application/vnd.oasis.opendocument.spreadsheet"><o:body><o:spreadsheet><t:table t:name="Tea">\
        <t:table-row><t:table-cell><x:p>Cups</x:p></t:table-cell></t:table-row></t:table></o:spreadsheet></o:body></o:document>
        """

    @Test(.redisDatabase, .postgresSchema(migrated: true), arguments: unusable)
    func `an unusable workbook ends with 65 and its code, and stores nothing`(
        name: String, bytes: [UInt8], code: String
    ) async throws {
        let installation = try await Installation()
        try installation.startWorkers(1)
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: name)
        try Data(bytes).write(to: file)
        let ending = try await installation.schedcu(["import", file.path, "--hospital", "NORTH", "--watch"])
        #expect(ending.status == 65, "\(ending.errors)")
        #expect((ending.errors + ending.output).contains(code))
        #expect(try await installation.effects().allSatisfy { $0.hasPrefix("run ods FAILED") })
    }

    @Test(.redisDatabase, .postgresSchema(migrated: true))
    func `an unknown hospital fails the task with 1 and is not retried`() async throws {
        let installation = try await Installation()
        try installation.startWorkers(1)
        let ending = try await installation.schedcu(["import", Self.sample, "--hospital", "SOUTH", "--watch"])
        #expect(ending.status == 1, "\(ending.errors)")
        #expect((ending.errors + ending.output).contains("HOSPITAL_NOT_FOUND"))
    }
}
