import Foundation

/// What the tasks of one type are asked: a `Codable` type, bound to the task's type and numbered by version.
///
/// It travels as a JSON object, so that workers in Go can read it: keys in alphabetical order, slashes as they are. From
/// version 2 on the object begins with the key `schema_version`; without the key it is version 1. In the object the version
/// reaches every reader: headers are lost where a Go worker of an earlier asynq rewrites the message. Readers in Go that
/// do not know the key pass it over, unless they were told to refuse unknown keys.
public protocol TaskPayload: Codable, Sendable {
    /// The type of the tasks, such as `mail:send`; never blank.
    static var taskType: String { get }

    /// The version that this program writes and the newest that it knows; from 1, which is the default.
    static var schemaVersion: Int { get }

    /// Whether payloads of a newer version are tried as they are; by default they are archived, unread.
    ///
    /// Say yes only where versions do nothing but add keys that may be ignored.
    static var acceptsNewerVersions: Bool { get }

    /// Turns a payload of one version into one of the next, step by step until it is of ``schemaVersion``.
    ///
    /// By default it stays as it is, which suffices where versions only add keys that may be missing.
    ///
    /// - Parameters:
    ///   - payload: The JSON object, `schema_version` left out, to be changed in place.
    ///   - version: Which version it is; it is to become the one after.
    /// - Throws: ``InvalidPayload`` with a text for people, or any other error; the task is archived.
    static func upcast(_ payload: inout PayloadValue, from version: Int) throws
}

extension TaskPayload {
    /// The first version.
    public static var schemaVersion: Int { 1 }
    /// No.
    public static var acceptsNewerVersions: Bool { false }
    /// Leaves the payload as it is.
    public static func upcast(_ payload: inout PayloadValue, from version: Int) throws {}

    /// Reads a task's payload, of this or an older version.
    ///
    /// - Parameter task: A task of ``taskType``.
    /// - Throws: ``PayloadDecodingError`` when the task is of another type or its payload is not what is expected.
    public init(decoding task: QueueTask) throws {
        do {
            guard task.type == Self.taskType else { throw InvalidPayload("it is of a task of another type") }
            self = try Self.decode(Data(task.payload ?? []))
        } catch {
            throw PayloadDecodingError(type: Self.taskType, version: Self.version(of: task), reason: .init(error))
        }
    }

    private static func decode(_ data: Data) throws -> Self {
        let decoder = JSONDecoder()
        let version = try decoder.decode(VersionProbe.self, from: data).version
        guard version != schemaVersion else { return try read(data) }
        if version > schemaVersion {
            guard acceptsNewerVersions else {
                throw InvalidPayload(
                    VersionProbe.key,
                    "is newer than \(schemaVersion), the newest that this worker knows; run it on a newer worker")
            }
            return try read(data)
        }
        var value = try decoder.decode(PayloadValue.self, from: data)
        value[VersionProbe.key] = nil
        for step in version..<schemaVersion { try upcast(&value, from: step) }
        return try read(JSONEncoder().encode(value))
    }

    private static func read(_ data: Data) throws -> Self {
        do { return try JSONDecoder().decode(Self.self, from: data) } catch DecodingError.dataCorrupted(let context)
            where context.codingPath.isEmpty
        {
            // It was read as JSON before, so it is a value deep within that is wrong.
            if case .failure(let error as InvalidPayload) = Result(catching: {
                try JSONDecoder().decode(PathTracing<Self>.self, from: data)
            }) {
                throw error
            }
            throw InvalidPayload("it holds a value that is not allowed")
        }
    }

    /// The version that a payload says it has; `nil` when that cannot be read.
    private static func version(of task: QueueTask) -> Int? {
        (try? JSONDecoder().decode(VersionProbe.self, from: Data(task.payload ?? [])))?.version
    }
}

extension QueueTask {
    /// Makes a task of a typed payload.
    ///
    /// Equal payloads make equal bytes, and so the same unique lock.
    ///
    /// - Parameters:
    ///   - payload: What is asked.
    ///   - headers: Text that travels beside the payload.
    /// - Throws: ``EnqueueError`` with `invalidPayload` when it is not written as a JSON object, or has a key
    ///   `schema_version` of its own that says something else.
    public init<Payload: TaskPayload>(_ payload: Payload, headers: [String: String] = [:]) throws {
        let type = Payload.taskType
        precondition(Payload.schemaVersion >= 1, "the schema version of \(Payload.self) must be 1 or more")
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            let data = try encoder.encode(payload)
            let written = try JSONDecoder().decode(VersionProbe.self, from: data)
            var bytes = Array(data)
            if Payload.schemaVersion > 1, written.isImplied {
                let separator = bytes.count > 2 ? "," : ""
                bytes.replaceSubrange(
                    0..<1, with: "{\"\(VersionProbe.key)\":\(Payload.schemaVersion)\(separator)".utf8)
            } else if written.version != Payload.schemaVersion {
                throw InvalidPayload(VersionProbe.key, "is not the version of its type")
            }
            self.init(type: type, payload: bytes, headers: headers)
        } catch {
            let reason = PayloadDecodingError.Reason(error)
            throw EnqueueError(.invalidPayload, "the payload of a task \"\(type)\" cannot be sent: \(reason)")
        }
    }
}

/// A payload, as far as its version goes.
private struct VersionProbe: Decodable {
    static let key = "schema_version"
    let version: Int
    /// Whether it is not written down, and so 1.
    let isImplied: Bool

    private enum CodingKeys: String, CodingKey { case schemaVersion = "schema_version" }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard container.contains(.schemaVersion) else {
            (version, isImplied) = (1, true)
            return
        }
        guard let version = try? container.decode(Int.self, forKey: .schemaVersion), version >= 1 else {
            throw InvalidPayload(Self.key, "is not a whole number from 1")
        }
        (self.version, isImplied) = (version, false)
    }
}
