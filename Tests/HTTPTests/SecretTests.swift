import Foundation
import HTTP
import Testing

@Suite struct SecretTests {
    private struct Holder: Encodable {
        let name = "amion-north"
        let secret = Secret("hunter2")
    }

    @Test func `a secret is never printed, dumped, mirrored or encoded`() throws {
        let holder = Holder()
        var dumped = ""
        dump(holder, to: &dumped)
        let encoded = String(decoding: try JSONEncoder().encode(holder), as: UTF8.self)
        let texts = [
            "\(holder.secret)", String(reflecting: holder.secret), String(describing: Optional(holder.secret)),
            "\(holder)", "\([holder.secret])", String(reflecting: holder), dumped, encoded,
        ]
        for text in texts {
            #expect(!text.contains("hunter2"))
            #expect(text.contains("***"))
        }
        #expect(Mirror(reflecting: holder.secret).children.isEmpty)
        #expect(holder.secret.revealed == "hunter2")
    }

    @Test(arguments: [
        "https://h/ocs?x=hunter%202%2F", "https://h/hunter%202%2f/page", "https://h/ocs?Page=%68unter%202/",
        "https://h/a?next=%2Focs%3Fhunter 2/",
    ])
    func `a given secret is hidden wherever it stands in a URL`(url: String) {
        let shown = RedactedURL.redact(url, hiding: [Secret("hunter 2/")])
        #expect(shown.contains("***"))
        #expect(!(shown.removingPercentEncoding ?? shown).contains("hunter"))
    }

    @Test(arguments: ["access_token", "X-Session-Id", "client_secret", "apikey", "PASSWD", "Code", "pw"])
    func `a query value whose key says that it is a credential is hidden`(key: String) {
        #expect(RedactedURL.redact("https://h/p?\(key)=v&Rpt=625c") == "https://h/p?\(key)=***&Rpt=625c")
    }

    @Test func `a secret that a redirect moves into the path stays hidden in the error`() async throws {
        let fixture = try HTTPFixture { path in
            path.hasPrefix("/ocs") ? .send(answer("302 Found", ["Location: /login/hunter2"])) : .reset
        }
        let request = HTTPRequest(url: fixture.server.base + "/ocs?Lo=hunter2", secrets: [Secret("hunter2")])
        let error = await expectFailure(.connectionReset) { () throws(HTTPError) in
            try await fixture.client.get(request)
        }
        #expect(error?.url == fixture.server.base + "/login/***")
        await fixture.end()
    }
}
