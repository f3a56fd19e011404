import HTTP
import Testing

@Suite struct RedactedURLTests {
    @Test(arguments: [
        ("https://www.amion.com/cgi-bin/ocs?Lo=abc&Rpt=625c", "https://www.amion.com/cgi-bin/ocs?Lo=***&Rpt=625c"),
        (
            "https://h/?login=a&FILE=b;Password=c&toKen=d&x=e",
            "https://h/?login=***&FILE=***;Password=***&toKen=***&x=e"
        ),
        ("https://h/?%4Co=abc", "https://h/?%4Co=***"),
        ("https://user:pw@h:8443/p", "https://***@h:8443/p"),
        ("https://user:p/w@h/p", "https://***@h/p"),
        ("https://user:p@w@h/p", "https://***@h/p"),
        ("https://user:p?w@h/p", "https://***?***"),
        ("https://user:p#w@h/p", "https://***#***"),
        ("user:pw@h/p", "***@h/p"),
        ("https://h/p#token=abc", "https://h/p#***"),
        ("https://[::1]:8080/p?a=b", "https://[::1]:8080/p?a=b"),
        ("https://h/a\r\nb", "https://h/a%0D%0Ab"),
        ("https://h/?Lo", "https://h/?Lo"), ("https://h/?Lo=", "https://h/?Lo=***"), ("", ""), ("?", "?"),
    ])
    func `a URL is shown without its secrets`(url: String, shown: String) {
        #expect(RedactedURL.redact(url) == shown)
    }
}
