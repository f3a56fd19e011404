import HTTP
import Testing

@Suite struct AllowedHostTests {
    @Test(arguments: [
        ("www.amion.com", "www.amion.com", 443), ("WWW.Amion.com", "www.amion.com", 443),
        ("127.0.0.1:8080", "127.0.0.1", 8080), ("[::1]", "[::1]", 443), ("[::1]:81", "[::1]", 81),
    ])
    func `a host with or without a port is read`(text: String, host: String, port: Int) throws {
        let entry = try AllowedHost(parsing: text)
        #expect(entry == AllowedHost(host: host, port: port))
        #expect(!entry.allowPrivate && !entry.allowHTTP)
    }

    @Test(arguments: [
        "", ":443", "h:", "h:0", "h:65536", "h:+1", "h:1:2", "https://h", "*.amion.com", "h/p", "u@h", "h h", "[::1",
        "[]", "[::1]x", "h:٣",
    ])
    func `anything else is refused`(text: String) {
        #expect(throws: HTTPError.self) { try AllowedHost(parsing: text) }
    }
}
