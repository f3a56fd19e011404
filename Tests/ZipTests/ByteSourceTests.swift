import Foundation
import Testing
import Zip

@Suite struct `Bytes of a file` {
    private let bytes = (0..<150_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

    private func pieces(_ source: ByteSource, in range: Range<Int>? = nil) throws -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var last = range?.lowerBound ?? 0
        try source.eachPiece(in: range) { piece, end in
            #expect(end == last + piece.count)
            last = end
            pieces.append(piece.indices.map { piece[$0] })
        }
        return pieces
    }

    @Test func `a file gives the bytes that an array gives, in the same pieces of at most 64 KiB`() throws {
        try TemporaryFile.with(bytes) { file, _ in
            #expect(file.count == bytes.count)
            for range in [nil, 0..<0, 1..<2, 10..<65_546, 7..<150_000] {
                let fromFile = try pieces(.file(file), in: range)
                #expect(fromFile == (try pieces(.memory(bytes), in: range)))
                #expect(fromFile.flatMap(\.self) == Array(bytes[range ?? 0..<bytes.count]))
                #expect(fromFile.allSatisfy { (1...65_536).contains($0.count) })
            }
        }
    }

    @Test func `of a range only what the file has is copied`() throws {
        try TemporaryFile.with(bytes) { (file, _) throws in
            for source in [ByteSource.file(file), .memory(bytes)] {
                #expect(try source.bytes(in: -5..<3) == Array(bytes[..<3]))
                #expect(try source.bytes(in: 149_990..<150_010) == Array(bytes[149_990...]))
                #expect(try source.bytes(in: 150_000..<150_010).isEmpty)
            }
        }
    }

    @Test func `a file that became shorter is unreadable where it ends`() throws {
        try TemporaryFile.with(bytes) { file, path in
            try #require(truncate(path, 100_000) == 0)
            var seen = 0
            let error = #expect(throws: ZipError.self) {
                try ByteSource.file(file).eachPiece { piece, _ in seen += piece.count }
            }
            #expect(seen == 65_536)
            guard case .unreadable(let reason) = error else {
                Issue.record("another error: \(String(describing: error))")
                return
            }
            #expect(reason.contains("100000"))
        }
    }

    @Test func `what is appended to an open file is not read`() throws {
        try TemporaryFile.with([1, 2, 3]) { file, path in
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data([4]))
            #expect(try pieces(.file(file)) == [[1, 2, 3]])
        }
    }

    @Test func `what is no regular file is not opened, and opening waits for nothing`() throws {
        try TemporaryFile.withFolder { folder in
            try #require(mkfifo(folder + "/pipe", 0o600) == 0)
            #expect(throws: OpenFile.Refusal.notRegular) { try OpenFile(path: folder) }
            #expect(throws: OpenFile.Refusal.notRegular) { try OpenFile(path: folder + "/pipe") }
            #expect(throws: OpenFile.Refusal.notRegular) { try OpenFile(path: "/dev/null") }
            #expect(throws: OpenFile.Refusal.missing) { try OpenFile(path: folder + "/nothing") }
        }
    }

    @Test func `a path with a NUL is not cut there`() throws {
        try TemporaryFile.with([1]) { _, path in
            _ = #expect(throws: OpenFile.Refusal.missing) { try OpenFile(path: path + "\0.ods") }
        }
    }

    @Test func `a link is followed unless that is refused`() throws {
        try TemporaryFile.with([1]) { _, path in
            let link = path + ".link"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
            #expect(try OpenFile(path: link).count == 1)
            #expect(throws: OpenFile.Refusal.missing) { try OpenFile(path: link, links: .refused) }
            #expect(try OpenFile(path: path, links: .refused).count == 1)
        }
    }

    @Test func `what was spooled is read as it was written, and leaves no name in the folder`() throws {
        try TemporaryFile.withFolder { folder in
            var spool = try SpoolFile(folder: folder)
            try spool.append(Array(bytes[..<70_000]))
            try spool.append([])
            try spool.append(Array(bytes[70_000...]))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
            let file = try spool.finished()
            #expect(file.count == bytes.count)
            #expect(try ByteSource.file(file).bytes(in: 0..<file.count) == bytes)
        }
    }

    @Test func `a folder that is not there takes no spool file`() {
        #expect(throws: SpoolFile.Failure(number: ENOENT)) { _ = try SpoolFile(folder: "/no-such-folder") }
    }
}
