import Foundation
import Testing

/// One task as Go left it, from the golden vectors.
struct VectorTask {
    /// Every key that the call left.
    let keys: [String]
    /// The task's id.
    let id: String
    /// The task's hash.
    let fields: [String: [UInt8]]

    /// The task of a vector that has one.
    static func named(_ name: String) throws -> VectorTask {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../Fixtures/asynq-vectors.json")
        let vectors = try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file))
        let vector = try #require(vectors.cases.first { $0.name == name })
        let hash = try #require(vector.keys.first { $0.key.contains(":t:") })
        let id = try #require(hash.key.split(separator: ":t:", maxSplits: 1).last)
        return VectorTask(
            keys: vector.keys.map(\.key), id: String(id), fields: (hash.fields ?? [:]).mapValues { Array($0.b64) })
    }

    private struct Vectors: Decodable { let cases: [Vector] }

    private struct Vector: Decodable {
        let name: String
        let keys: [Key]
    }

    private struct Key: Decodable {
        let key: String
        let fields: [String: Bytes]?
    }

    private struct Bytes: Decodable { let b64: Data }
}
