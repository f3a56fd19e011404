import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(1))) struct HTTPEncodingTests {
    /// The text `hello` in each encoding.
    private static let hello: [String: [UInt8]] = [
        "gzip": [
            0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x86, 0xA6, 0x10, 0x36, 5, 0,
            0, 0,
        ],
        "deflate": [0x78, 0x9C, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x06, 0x2C, 0x02, 0x15],
        "br": [0x0B, 0x02, 0x80, 0x68, 0x65, 0x6C, 0x6C, 0x6F, 0x03],
    ]

    @Test func `every encoding that is asked for is decoded`() async throws {
        let hello = Self.hello
        let fixture = try HTTPFixture { path in
            let encoding = String(path.dropFirst())
            return .send(answer("200 OK", ["Content-Encoding: \(encoding)"], body: hello[encoding] ?? []))
        }
        let asked = AcceptedEncodings.header.split(separator: ", ").map(String.init)
        #expect(asked.starts(with: ["gzip", "deflate"]))
        for encoding in asked {
            #expect(Self.hello[encoding] != nil, "\(encoding) is asked for, but no test decodes it")
            #expect(try await fixture.get("/\(encoding)").body == Array("hello".utf8), "\(encoding)")
        }
        #expect(fixture.server.heads.first?.contains("Accept-Encoding: \(AcceptedEncodings.header)\r\n") == true)
        await fixture.end()
    }

    @Test(
        arguments: [
            (0, "identity"), (0x8, "gzip, deflate"), (0x80_0000, "br"), (0x80_0008, "gzip, deflate, br"),
        ] as [(Int32, String)])
    func `what libcurl does not decode is not asked for`(features: Int32, header: String) {
        #expect(AcceptedEncodings.header(features: features) == header)
    }

    @Test func `a body that is not what its encoding says is a protocol error, and the client goes on`() async throws {
        let fixture = try HTTPFixture { path in
            path == "/bad" ? .send(answer("200 OK", ["Content-Encoding: gzip"], body: [1, 2, 3])) : .send(answer())
        }
        await expectFailure(.protocolError) { () throws(HTTPError) in try await fixture.get("/bad") }
        #expect(try await fixture.get("/good").status == 200)
        await fixture.end()
    }
}
