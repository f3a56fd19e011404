import Foundation
import HTTP
import Logging
import ScheduleModel
import ScheduleTasks
import Zip

/// A workbook to import.
struct Workbook {
    /// What is in it: on disk where that is possible, so that a worker does not hold it.
    let content: ByteSource
    /// The digest of its bytes, 64 hexadecimal digits.
    let sha256: String
}

/// Gets a workbook from where the payload says it is, and checks size and digest (domain 2 and 12).
struct WorkbookSource {
    let services: WorkflowServices

    /// Gets the workbook.
    ///
    /// - Parameters:
    ///   - source: Where it is; `nil` is a file of that name in the import directory.
    ///   - filename: The display name.
    /// - Returns: The workbook, of at most 10 MiB.
    /// - Throws: ``PhaseFailure``: MISSING_FILE, FILE_TOO_LARGE and INVALID_FILE_TYPE are final, a network failure is not.
    func workbook(of source: FileSource?, filename: String) async throws -> Workbook {
        let (content, announced): (ByteSource, String?)
        switch source ?? .file(name: filename, sha256: nil) {
        case .blob(let sha256, let size, _):
            try checkSize(size)
            (content, announced) = (try await blob(sha256, size: size, filename: filename), sha256)
        case .file(let name, let sha256):
            (content, announced) = (.file(try file(name)), sha256)
        case .url(let url, let sha256, _):
            (content, announced) = (.memory(try await download(url)), sha256)
        }
        try checkSize(content.count)
        let sha256 = try Self.digest(of: content, filename: filename)
        guard announced == nil || announced == sha256 else {
            throw Self.missing(
                "the workbook '\(filename)' is not the announced one: its SHA-256 differs. enqueue it again")
        }
        return Workbook(content: content, sha256: sha256)
    }

    private static func digest(of content: ByteSource, filename: String) throws -> String {
        var hash = SHA256()
        do {
            try content.eachPiece { piece, _ in hash.add(piece) }
        } catch let error as ZipError {
            throw missing("the workbook '\(filename)': \(error.description). enqueue it again")
        }
        return hash.finishedHex()
    }

    /// A workbook that waits in Redis: put into a temporary file piece by piece, or held in memory where none can be made.
    private func blob(_ sha256: String, size: Int, filename: String) async throws -> ByteSource {
        let blobs = WorkbookBlobs(redis: services.redis)
        let stored = try await blobs.size(sha256: sha256)
        guard stored > 0 else {
            throw Self.missing("the workbook '\(filename)' is no longer in Redis. enqueue it again")
        }
        guard stored == size else {
            throw Self.missing("the workbook '\(filename)' has another size than announced")
        }
        do {
            return .file(try await spooled(blobs, sha256: sha256, size: size))
        } catch let failure as SpoolFile.Failure {
            services.logger.notice(
                "no temporary file for a workbook, which is held in memory", metadata: ["errno": "\(failure.number)"])
            return .memory(try await blobs.bytes(sha256: sha256) ?? [])
        }
    }

    private func spooled(_ blobs: WorkbookBlobs, sha256: String, size: Int) async throws -> OpenFile {
        var spool = try SpoolFile(folder: FileManager.default.temporaryDirectory.path)
        for start in stride(from: 0, to: size, by: Self.blobPieceBytes) {
            // Of a blob that expires meanwhile nothing comes, and then the digest differs.
            try spool.append(await blobs.bytes(sha256: sha256, in: start..<min(start + Self.blobPieceBytes, size)))
        }
        return try spool.finished()
    }

    /// How much of a workbook comes with one answer of Redis: 40 round trips for the largest.
    private static let blobPieceBytes = 262_144

    private func checkSize(_ size: Int) throws {
        guard size <= WorkbookBlobs.maxBytes else {
            throw PhaseFailure(
                "FILE_TOO_LARGE",
                "the file has \(size) bytes and the limit is \(WorkbookBlobs.maxBytes). split the workbook",
                isRetriable: false)
        }
    }

    private func file(_ name: String) throws -> OpenFile {
        guard let folder = services.importDirectory else {
            throw Self.missing(
                "this worker has no import directory, so '\(name)' cannot be read. start it with --import-dir")
        }
        do {
            // A link could lead out of the folder, so only a plain file is read.
            return try OpenFile(path: URL(filePath: folder).appending(path: name).path, links: .refused)
        } catch .notAllowed {
            throw Self.missing("the file '\(name)' cannot be read")
        } catch {
            throw Self.missing("the import directory has no file '\(name)'")
        }
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
