import Foundation
import HTTP
import ScheduleModel
import ScheduleTasks

/// Gets a workbook's bytes from where the payload says they are, and checks size and digest (domain 2 and 12).
struct WorkbookSource {
    let services: WorkflowServices

    /// The bytes.
    ///
    /// - Parameters:
    ///   - source: Where they are; `nil` is a file of that name in the import directory.
    ///   - filename: The display name.
    /// - Returns: The file, at most 10 MiB.
    /// - Throws: ``PhaseFailure``: MISSING_FILE, FILE_TOO_LARGE and INVALID_FILE_TYPE are final, a network failure is not.
    func bytes(of source: FileSource?, filename: String) async throws -> [UInt8] {
        let (bytes, digest): ([UInt8], String?)
        switch source ?? .file(name: filename, sha256: nil) {
        case .blob(let sha256, let size, _):
            try checkSize(size)
            guard let stored = try await WorkbookBlobs(redis: services.redis).bytes(sha256: sha256) else {
                throw Self.missing("the workbook '\(filename)' is no longer in Redis. enqueue it again")
            }
            guard stored.count == size else {
                throw Self.missing("the workbook '\(filename)' has another size than announced")
            }
            (bytes, digest) = (stored, sha256)
        case .file(let name, let sha256):
            (bytes, digest) = (try file(name), sha256)
        case .url(let url, let sha256, _):
            (bytes, digest) = (try await download(url), sha256)
        }
        try checkSize(bytes.count)
        if let digest, SHA256.hex(bytes) != digest {
            throw Self.missing(
                "the workbook '\(filename)' is not the announced one: its SHA-256 differs. enqueue it again")
        }
        return bytes
    }

    private func checkSize(_ size: Int) throws {
        guard size <= WorkbookBlobs.maxBytes else {
            throw PhaseFailure(
                "FILE_TOO_LARGE",
                "the file has \(size) bytes and the limit is \(WorkbookBlobs.maxBytes). split the workbook",
                isRetriable: false)
        }
    }

    private func file(_ name: String) throws -> [UInt8] {
        guard let folder = services.importDirectory else {
            throw Self.missing(
                "this worker has no import directory, so '\(name)' cannot be read. start it with --import-dir")
        }
        let url = URL(filePath: folder).appending(path: name)
        // A link could lead out of the folder, so only a plain file is read.
        let values = try? url.resourceValues(forKeys: [.isRegularFileKey, .isSymbolicLinkKey, .fileSizeKey])
        guard let values, values.isRegularFile == true, values.isSymbolicLink != true else {
            throw Self.missing("the import directory has no file '\(name)'")
        }
        try checkSize(values.fileSize ?? 0)
        guard let data = try? Data(contentsOf: url) else { throw Self.missing("the file '\(name)' cannot be read") }
        return Array(data)
    }

    private func download(_ url: String) async throws -> [UInt8] {
        let client = HTTPClient(
            policy: HTTPPolicy(allowedHosts: services.importHosts, maxBodyBytes: WorkbookBlobs.maxBytes),
            logger: services.logger)
        let response: HTTPResponse
        do {
            response = try await client.get(HTTPRequest(url: url))
            await client.close()
        } catch {
            await client.close()
            guard error.code != .cancelled else { throw CancellationError() }
            guard error.code != .bodyTooLarge else {
                throw PhaseFailure(
                    "FILE_TOO_LARGE",
                    "the file has more than \(WorkbookBlobs.maxBytes) bytes, which is the limit. split the workbook",
                    isRetriable: false)
            }
            // Without the address: the text goes to the ledger and the events.
            throw PhaseFailure(
                "EXTERNAL_SERVICE_ERROR", "the workbook could not be fetched: \(error.code): \(error.message)",
                isRetriable: error.isRetriable)
        }
        guard response.status == 200 else {
            throw PhaseFailure(
                "EXTERNAL_SERVICE_ERROR", "the workbook's server answered \(response.status)",
                isRetriable: response.status >= 500 || response.status == 429)
        }
        return response.body
    }

    private static func missing(_ text: String) -> PhaseFailure {
        PhaseFailure("MISSING_FILE", text, isRetriable: false)
    }
}
