import Foundation
import Testing
import Zip

/// The bytes of a file in `Tests/Fixtures/ods`.
private func fixture(_ name: String) throws -> [UInt8] {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return Array(try Data(contentsOf: tests.appending(path: "Fixtures/ods").appending(path: name)))
}

/// Inflates a member into one array.
private func content(_ archive: ZipArchive, _ name: String, limits: InflateLimits = InflateLimits()) throws -> [UInt8] {
    let entry = try #require(archive.entry(named: name))
    var bytes: [UInt8] = []
    try archive.inflate(entry, limits: limits) { piece, _ in
        #expect(piece.count <= ZipArchive.chunkBytes)
        for index in piece.indices { bytes.append(piece[index]) }
    }
    return bytes
}

/// The kind of a zip error, or nil for success.
///
/// Any other error fails the test, and so does another outcome for the same archive in a file.
private func refusal(_ bytes: [UInt8], reading name: String = "content.xml") -> ZipError? {
    do {
        let inMemory = try refusal(.memory(bytes), reading: name)
        let inFile = try TemporaryFile.with(bytes) { file, _ in try refusal(.file(file), reading: name) }
        #expect(inFile == inMemory)
        return inMemory
    } catch {
        Issue.record("not a ZipError: \(error)")
        return nil
    }
}

private func refusal(_ source: ByteSource, reading name: String) throws -> ZipError? {
    do {
        _ = try content(try ZipArchive(source), name)
        return nil
    } catch let error as ZipError {
        return error
    }
}

/// The form of archive that was refused.
private func form(_ error: ZipError?) -> ZipError.Form? {
    if case .unsupported(let form, _) = error { form } else { nil }
}

private func isDuplicateName(_ error: ZipError?) -> Bool {
    if case .duplicateName = error { true } else { false }
}

private func isDamaged(_ error: ZipError?) -> Bool {
    if case .damaged = error { true } else { false }
}

private func isUnsafeName(_ error: ZipError?) -> Bool {
    if case .unsafeName = error { true } else { false }
}

private func isBomb(_ error: ZipError?) -> Bool {
    if case .bomb = error { true } else { false }
}

@Suite struct `Zip archives` {
    private let text = Array("<a>hello, hello, hello</a>".utf8)

    @Test func `a stored member comes out in pieces of at most 64 KiB`() throws {
        let large = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let archive = try ZipArchive(bytes: ZipWriter(members: [.init("content.xml", large)]).bytes)
        #expect(try content(archive, "content.xml") == large)
    }

    @Test func `a deflated member comes out as it went in`() throws {
        let large = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var member = ZipWriter.Member("content.xml", large)
        member.method = 8
        member.compressed = ZipWriter.storedBlocks(large)
        let archive = try ZipArchive(bytes: ZipWriter(members: [.init("mimetype", text), member]).bytes)
        #expect(archive.entries.map(\.name) == ["mimetype", "content.xml"])
        #expect(try content(archive, "content.xml") == large)
    }

    @Test(arguments: ["python.zip", "python-streamed.zip"])
    func `an archive written by Python is read, with data descriptors too`(name: String) throws {
        let lines = (0..<5_000).map { "line \($0) of the member\n" }.joined()
        #expect(try content(try ZipArchive(bytes: fixture(name)), "content.xml") == Array(lines.utf8))
    }

    @Test func `sizes come from the directory when a data descriptor follows the data`() throws {
        var member = ZipWriter.Member("content.xml", text)
        member.hasDataDescriptor = true
        let archive = try ZipArchive(bytes: ZipWriter(members: [member]).bytes)
        #expect(try content(archive, "content.xml") == text)
    }

    @Test func `a comment after the end record is allowed`() {
        #expect(refusal(ZipWriter(members: [.init("content.xml", text)], comment: Array("by hand".utf8)).bytes) == nil)
    }

    @Test func `an empty member gives no piece`() throws {
        let archive = try ZipArchive(bytes: ZipWriter(members: [.init("content.xml", [])]).bytes)
        #expect(try content(archive, "content.xml").isEmpty)
    }

    @Test func `the consumed count rises to the compressed size`() throws {
        var member = ZipWriter.Member("content.xml", [UInt8](repeating: 0, count: 1 + 258 * 1_000))
        member.method = 8
        member.compressed = ZipWriter.zeros(runs: 1_000)
        let archive = try ZipArchive(bytes: ZipWriter(members: [member]).bytes)
        var seen: [Int] = []
        try archive.inflate(archive.entries[0]) { _, consumed in seen.append(consumed) }
        #expect(seen == seen.sorted() && seen.count > 1)
        #expect(seen.last == archive.entries[0].compressedSize)
    }

    @Test func `an archive cut at any byte is refused as damaged`() {
        var deflated = ZipWriter.Member("content.xml", text)
        deflated.method = 8
        deflated.compressed = ZipWriter.storedBlocks(text)
        let whole = ZipWriter(members: [deflated]).bytes
        for length in 0..<whole.count {
            #expect(isDamaged(refusal(Array(whole.prefix(length)))), "cut at \(length)")
        }
    }

    @Test func `a changed byte anywhere gives a zip error or the same content, never a crash`() throws {
        var deflated = ZipWriter.Member("content.xml", text)
        deflated.method = 8
        deflated.compressed = ZipWriter.storedBlocks(text)
        let whole = ZipWriter(members: [deflated]).bytes
        for index in whole.indices {
            for flip: UInt8 in [0x01, 0x80, 0xFF] {
                var bytes = whole
                bytes[index] ^= flip
                guard let archive = try? ZipArchive(bytes: bytes), archive.entry(named: "content.xml") != nil,
                    let content = try? content(archive, "content.xml")
                else { continue }
                #expect(content == text, "byte \(index)")
            }
        }
    }

    @Test func `rubbish is refused as damaged`() {
        #expect(isDamaged(refusal([])))
        #expect(isDamaged(refusal(Array("PK\u{3}\u{4} and nothing more of the kind".utf8))))
    }

    @Test func `an error of the receiver comes out and ends the inflating`() throws {
        struct Stop: Error {}
        let large = [UInt8](repeating: 7, count: 200_000)
        let archive = try ZipArchive(bytes: ZipWriter(members: [.init("content.xml", large)]).bytes)
        var pieces = 0
        #expect(throws: Stop.self) {
            try archive.inflate(archive.entries[0]) { _, _ in
                pieces += 1
                throw Stop()
            }
        }
        #expect(pieces == 1)
    }
}

@Suite struct `Refused archives` {
    private let text = Array("<a/>".utf8)

    private func archive(_ change: (inout ZipWriter.Member) -> Void) -> [UInt8] {
        var member = ZipWriter.Member("content.xml", text)
        change(&member)
        return ZipWriter(members: [member]).bytes
    }

    @Test func `encrypted members are refused`() {
        #expect(form(refusal(archive { $0.flags = 0x0001 })) == .encrypted)
        #expect(form(refusal(archive { $0.flags = 0x2000 })) == .encrypted)
        #expect(form(refusal(archive { $0.flags = 0x0040 })) == .encrypted)
    }

    @Test func `an encrypted member is refused even when another is read`() {
        var secret = ZipWriter.Member("settings.xml", text)
        secret.flags = 1
        #expect(form(refusal(ZipWriter(members: [.init("content.xml", text), secret]).bytes)) == .encrypted)
    }

    @Test func `Zip64 is refused, by sizes and by extra field`() {
        #expect(form(refusal(archive { $0.claimedSize = 0xFFFF_FFFF })) == .zip64)
        let extra = le16(1) + le16(8) + [UInt8](repeating: 0, count: 8)
        #expect(form(refusal(archive { $0.extra = extra })) == .zip64)
    }

    @Test func `another extra field is allowed`() {
        #expect(refusal(archive { $0.extra = le16(0x5455) + le16(5) + [1, 0, 0, 0, 0] }) == nil)
    }

    @Test func `an archive on several disks is refused`() {
        #expect(form(refusal(ZipWriter(members: [.init("content.xml", text)], disk: 1).bytes)) == .multiDisk)
    }

    @Test func `an unknown method is refused`() {
        #expect(form(refusal(archive { $0.method = 12 })) == .compressionMethod)
    }

    @Test(arguments: ["../content.xml", "a/../../b", "/etc/x", "a\\b", "C:/x", "", "a\0b"])
    func `a name that could leave the archive is refused`(name: String) {
        let members = [ZipWriter.Member(name, text), ZipWriter.Member("content.xml", text)]
        #expect(isUnsafeName(refusal(ZipWriter(members: members).bytes)))
    }

    @Test func `two members of one name are refused`() {
        let members = [ZipWriter.Member("content.xml", text), ZipWriter.Member("content.xml", text)]
        #expect(isDuplicateName(refusal(ZipWriter(members: members).bytes)))
    }

    @Test func `a Zip64 locator before the end record is refused`() {
        let whole = ZipWriter(members: [.init("content.xml", text)]).bytes
        let locator = le32(0x0706_4b50) + [UInt8](repeating: 0, count: 16)
        #expect(form(refusal(whole.dropLast(22) + locator + whole.suffix(22))) == .zip64)
    }

    @Test func `names are told apart by their bytes, not by how they read`() throws {
        let names = ["e\u{301}", "é", "a\u{FFFD}"]
        let members = names.map { ZipWriter.Member($0, text) } + [ZipWriter.Member("content.xml", text)]
        let whole = ZipWriter(members: members).bytes
        #expect(try ZipArchive(bytes: whole).entries.count == 4)
        #expect(refusal(whole) == nil)
    }

    @Test func `bytes before or after an archive are refused`() {
        let whole = ZipWriter(members: [.init("content.xml", text)]).bytes
        #expect(isDamaged(refusal([0] + whole)))
        #expect(isDamaged(refusal(whole + [0])))
        #expect(isDamaged(refusal(whole + whole.suffix(22))))
    }

    @Test func `names with dots that stay inside are allowed`() {
        let members = [ZipWriter.Member("a/..b/c..", text), ZipWriter.Member("content.xml", text)]
        #expect(refusal(ZipWriter(members: members).bytes) == nil)
    }

    @Test func `a wrong checksum is found`() {
        #expect(isDamaged(refusal(archive { $0.claimedChecksum = 1 })))
    }

    @Test func `a member larger or smaller than it claims is found`() {
        #expect(isDamaged(refusal(archive { $0.claimedSize = 3 })))
        #expect(isDamaged(refusal(archive { $0.claimedSize = 5 })))
    }
}

@Suite struct `Inflation limits` {
    private func zeros(runs: Int) throws -> ZipArchive {
        var member = ZipWriter.Member("content.xml", [UInt8](repeating: 0, count: 1 + 258 * runs))
        member.method = 8
        member.compressed = ZipWriter.zeros(runs: runs)
        member.claimedChecksum = 0
        return try ZipArchive(bytes: ZipWriter(members: [member]).bytes)
    }

    /// How many bytes came out and what stopped it.
    private func inflate(_ archive: ZipArchive, _ limits: InflateLimits) -> (produced: Int, error: ZipError?) {
        var produced = 0
        do {
            try archive.inflate(archive.entries[0], limits: limits) { piece, _ in produced += piece.count }
            return (produced, nil)
        } catch {
            return (produced, error as? ZipError)
        }
    }

    @Test func `a member that claims more than the size limit is not started`() throws {
        let result = inflate(try zeros(runs: 100), InflateLimits(maxBytes: 25_800))
        #expect(result.produced == 0 && isBomb(result.error))
    }

    @Test func `a member may be as large as the size limit`() throws {
        let result = inflate(try zeros(runs: 100), InflateLimits(maxBytes: 25_801))
        #expect(result.produced == 25_801 && !isBomb(result.error))
    }

    @Test func `a high ratio is a bomb once the free bytes are out`() throws {
        // Seventeen MiB of zeros, about a thousand bytes out for each byte in.
        let archive = try ZipArchive(bytes: fixture("zeros.zip"))
        let result = inflate(archive, InflateLimits())
        #expect(isBomb(result.error))
        #expect(result.produced <= 16 << 20 && result.produced > (16 << 20) - ZipArchive.chunkBytes)
    }

    @Test func `a high ratio is allowed below the free bytes`() throws {
        let result = inflate(try zeros(runs: 5_000), InflateLimits(maxRatio: 100, ratioFreeBytes: 1 + 258 * 5_000))
        #expect(result.produced == 1 + 258 * 5_000 && !isBomb(result.error))
        #expect(
            isBomb(inflate(try zeros(runs: 5_001), InflateLimits(maxRatio: 100, ratioFreeBytes: 1 + 258 * 5_000)).error)
        )
    }

    @Test func `a ratio of exactly the limit is allowed and anything above is not`() throws {
        // What is stored has the ratio 1; a deflated member of two bytes for one has 2.
        let stored = try ZipArchive(
            bytes: ZipWriter(members: [.init("a", [UInt8](repeating: 7, count: 100_000))]).bytes)
        #expect(!isBomb(inflate(stored, InflateLimits(maxRatio: 1, ratioFreeBytes: 0)).error))
        let archive = try zeros(runs: 100)
        let ratio = archive.entries[0].uncompressedSize / archive.entries[0].compressedSize
        #expect(isBomb(inflate(archive, InflateLimits(maxRatio: ratio, ratioFreeBytes: 0)).error))
        #expect(!isBomb(inflate(archive, InflateLimits(maxRatio: ratio + 1, ratioFreeBytes: 0)).error))
    }

    @Test func `the size limit by default is 1 GiB, inclusive`() throws {
        func claim(_ size: Int) throws -> ZipError? {
            var member = ZipWriter.Member("content.xml", [])
            member.claimedSize = size
            return inflate(try ZipArchive(bytes: ZipWriter(members: [member]).bytes), InflateLimits()).error
        }
        #expect(isDamaged(try claim(1 << 30)))
        #expect(isBomb(try claim((1 << 30) + 1)))
    }

    @Test func `a member that lies about its size is stopped at the size it claims`() throws {
        var member = ZipWriter.Member("content.xml", [])
        member.method = 8
        member.compressed = ZipWriter.zeros(runs: 10_000)
        member.claimedSize = 100
        let result = inflate(try ZipArchive(bytes: ZipWriter(members: [member]).bytes), InflateLimits())
        #expect(result.produced == 0 && isDamaged(result.error))
    }
}
