import SAX
package import Zip

/// Reads a workbook as a stream of rows, in memory that does not grow with the workbook.
///
/// A file is an archive (`.ods`) or flat XML (`.fods`); its first bytes decide, not its name. It holds no state, so one
/// reader serves any number of reads at once.
package struct ODSReader: Sendable {
    private let limits: ODSLimits
    private let cpuClock: @Sendable () -> Duration
    private let path: ContentParser.Path

    private static let contentName = "content.xml"
    private static let progressBytes = 65_536
    /// How many of the first bytes decide what a file is.
    private static let startBytes = 256

    /// Makes a reader.
    ///
    /// - Parameters:
    ///   - limits: How large a workbook may be.
    ///   - cpuClock: The processor time of the calling thread; the default asks the system.
    ///   - usesLibXML2Only: Whether the fast path is left out, as tests and benchmarks want it.
    package init(
        limits: ODSLimits = ODSLimits(), cpuClock: (@Sendable () -> Duration)? = nil, usesLibXML2Only: Bool = false
    ) {
        self.limits = limits
        path = usesLibXML2Only ? .libxml2 : .fastest
        self.cpuClock = cpuClock ?? { ThreadCPUClock.now() }
    }

    /// Reads the whole workbook on the calling thread, which is busy all the time.
    ///
    /// - Parameters:
    ///   - file: The whole file.
    ///   - handler: Gets the rows; after a throw it holds what it was given until then.
    /// - Throws: ``ODSError``; `CancellationError` when the calling task is cancelled, within 64 KiB of XML; what the
    ///   handler throws.
    package func read<Handler: ODSHandler>(_ file: ByteSource, handler: inout Handler) throws {
        guard file.count <= limits.fileBytes else {
            throw ODSError.tooLarge(bytes: file.count, limit: limits.fileBytes)
        }
        let budget = ReadBudget(limit: limits.cpuTime, clock: cpuClock)
        let box = HandlerBox(handler)
        defer { handler = box.handler }
        let content = ContentHandler(SheetAssembler(box, limits: limits, budget: budget))
        do {
            try readContent(file, into: content, progress: box, budget: budget)
        } catch let error as ZipError {
            throw ODSError(error).at(content.position)
        } catch let error as XMLError {
            throw ODSError(error).at(content.position)
        } catch let error as ODSError {
            throw error.at(content.position)
        }
        guard content.sawSpreadsheet else { throw ODSError.notSpreadsheet }
    }

    private func readContent<Handler: ODSHandler>(
        _ file: ByteSource, into content: ContentHandler, progress box: HandlerBox<Handler>, budget: ReadBudget
    ) throws {
        var parser = try ContentParser(content, limits: limits, path: path)
        var reported = 0
        func take(_ piece: Span<UInt8>, consumed: Int, total: Int) throws {
            try budget.check()
            try parser.feed(piece)
            guard consumed - reported >= Self.progressBytes, consumed < total else { return }
            reported = consumed
            try box.progress(bytesRead: consumed, of: total)
        }
        let total: Int
        let start = try file.bytes(in: 0..<Self.startBytes)
        if start.starts(with: "PK".utf8) {
            let archive = try ZipArchive(file)
            guard let entry = archive.entry(named: Self.contentName) else { throw ODSError.missingContent }
            total = entry.compressedSize
            let inflateLimits = InflateLimits(
                maxBytes: limits.inflatedBytes, maxRatio: limits.inflateRatio, ratioFreeBytes: limits.ratioFreeBytes)
            try archive.inflate(entry, limits: inflateLimits) { piece, consumed in
                try take(piece, consumed: consumed, total: total)
            }
        } else {
            guard Self.looksLikeXML(start) else {
                throw ODSError.unreadable(
                    .otherFileType,
                    reason: start.isEmpty ? "the file is empty" : "the file is neither a zip archive nor XML")
            }
            total = file.count
            try file.eachPiece { piece, end in try take(piece, consumed: end, total: total) }
        }
        try parser.finish()
        try box.progress(bytesRead: total, of: total)
    }

    /// Whether the first bytes are a `<`, after a byte order mark and white space, in UTF-8 or UTF-16.
    private static func looksLikeXML(_ bytes: [UInt8]) -> Bool {
        let ignored: Set<UInt8> = [0xEF, 0xBB, 0xBF, 0xFE, 0xFF, 0x00, 0x20, 0x09, 0x0A, 0x0D]
        return bytes.first { !ignored.contains($0) } == UInt8(ascii: "<")
    }
}

/// Ends a read whose task was cancelled or that has used up its processor time.
struct ReadBudget {
    private let limit: Duration
    private let clock: @Sendable () -> Duration
    private let start: Duration

    init(limit: Duration, clock: @escaping @Sendable () -> Duration) {
        self.limit = limit
        self.clock = clock
        start = clock()
    }

    func check() throws {
        try Task.checkCancellation()
        guard clock() - start <= limit else { throw ODSError.cpuTimeExceeded(limit: limit) }
    }
}

extension ODSError {
    init(_ error: ZipError) {
        switch error {
        case .bomb(let reason): self = .bomb(reason: reason)
        case .damaged, .unreadable: self = .unreadable(.damagedArchive, reason: error.description)
        case .unsupported(let form, _): self = .unreadable(ODSReadFailure(form), reason: error.description)
        case .unsafeName: self = .unreadable(.unsafeName, reason: error.description)
        case .duplicateName: self = .unreadable(.duplicateName, reason: error.description)
        }
    }

    init(_ error: XMLError) {
        switch error {
        case .documentType: self = .documentType
        case .malformed(let reason, let line), .limit(let reason, let line): self = .xml(reason: reason, line: line)
        }
    }
}
