import HTTP
import Testing

@Suite struct HTTPResponseTests {
    @Test(
        arguments: [
            ("text/html", "text/html", nil), ("text/html; charset=UTF-8", "text/html", "utf-8"),
            ("TEXT/CSV ;x=1; Charset = 'windows-1252' ", "text/csv", "windows-1252"),
            ("; charset=latin1", nil, "latin1"), ("", nil, nil), ("text/html; charset=", "text/html", nil),
        ] as [(String, String?, String?)])
    func `content type and charset are read from the header`(header: String, type: String?, charset: String?) {
        let response = HTTPResponse(status: 200, headers: HTTPHeaders([("content-type", header)]))
        #expect(response.contentType == type)
        #expect(response.charset == charset)
    }

    @Test func `a field that comes twice keeps both values`() {
        let headers = HTTPHeaders([("Set-Cookie", "a=1"), ("X", "y"), ("set-cookie", "b=2")])
        #expect(headers["SET-COOKIE"] == "a=1")
        #expect(headers.values(of: "Set-Cookie") == ["a=1", "b=2"])
        #expect(headers["missing"] == nil)
    }
}
