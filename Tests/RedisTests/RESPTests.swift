import Testing

@testable import Redis

@Suite struct RESPTests {
    @Test func `a command becomes an array of bulk strings`() {
        var output: [UInt8] = []
        RedisCommand("SET", ["ü", .bytes([0, 13, 10]), -12]).encode(into: &output)
        #expect(
            output == Array("*4\r\n$3\r\nSET\r\n$2\r\nü\r\n$3\r\n".utf8) + [0, 13, 10]
                + Array("\r\n$3\r\n-12\r\n".utf8))
    }

    private static func feed(_ bytes: ArraySlice<UInt8>, to reader: borrowing ReplyReaderHandle) throws {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { copy.deallocate() }
        copy.copyBytes(from: bytes)
        try reader.feed(UnsafeRawBufferPointer(copy))
    }

    @Test func `replies come out whole wherever the bytes are cut`() throws {
        let stream = "+OK\r\n:-5\r\n$-1\r\n$0\r\n\r\n*2\r\n$1\r\na\r\n*1\r\n-ERR x\r\n*-1\r\n"
        let expected: [RedisReply] = [
            .status("OK"), .integer(-5), .null, .bulk([]), .array([.bulk([97]), .array([.error("ERR x")])]), .null,
        ]
        let bytes = Array(stream.utf8)
        for cut in 0...bytes.count {
            let reader = try ReplyReaderHandle()
            var replies: [RedisReply] = []
            for part in [bytes[..<cut], bytes[cut...]] where !part.isEmpty {
                try Self.feed(part, to: reader)
                while let reply = try reader.next() { replies.append(reply) }
            }
            #expect(replies == expected, "cut at \(cut)")
        }
    }

    @Test func `bytes that are not RESP are an error`() throws {
        let error = try #require(throws: RedisError.self) {
            let reader = try ReplyReaderHandle()
            try Self.feed(Array("HTTP/1.1 400\r\n".utf8)[...], to: reader)
            _ = try reader.next()
        }
        #expect(error.code == .connectionLost)
    }

    @Test func `the first in is the first out, after any mixture of calls`() {
        var fifo = FIFO<Int>()
        for number in 0..<5000 { fifo.append(number) }
        for number in 0..<4000 { #expect(fifo.popFirst() == number) }
        fifo.prepend([-2, -1])
        #expect(fifo.count == 1002)
        #expect(fifo.remove { $0 % 2 == 0 }.count == 501)
        fifo.updateEach { $0 += 1 }
        let isThere: Void? = fifo.updateFirst { $0 *= 10 }
        #expect(isThere != nil)
        #expect(fifo.popFirst() == 0)
        #expect(fifo.popFirst() == 4002)
        #expect(fifo.removeAll().count == 499)
        #expect(fifo.popFirst() == nil)
    }
}
