import Amion
import ScheduleModel
import Testing

@testable import ScheduleWorkflow

@Suite struct AmionSiteTests {
    private func limiter(_ baseURL: String, credential: String? = nil) -> String {
        AmionSite(baseURL: baseURL, credentialName: credential).keys.limiter
    }

    @Test func `a limiter is named by host and credential entry`() {
        #expect(limiter("https://www.amion.com", credential: "north") == "schedcu:rate:www.amion.com:north")
        #expect(limiter("https://www.amion.com") == "schedcu:rate:www.amion.com:")
        #expect(limiter("http://127.0.0.1:8080") == "schedcu:rate:127.0.0.1:8080:")
    }

    @Test(arguments: [
        "https://www.amion.com/", "https://WWW.Amion.com:443", "https://www.amion.com/base/", "http://www.amion.com",
    ])
    func `hospitals share a limiter however they write the host`(baseURL: String) {
        #expect(limiter(baseURL) == limiter("https://www.amion.com"))
    }

    @Test func `another port, host or credential is another limiter`() {
        let all = [
            limiter("https://a.test"), limiter("https://a.test:8443"), limiter("https://b.test"),
            limiter("https://a.test", credential: "x"), limiter("https://a.test", credential: "y"),
        ]
        #expect(Set(all).count == all.count)
    }

    @Test func `no name breaks out of a key`() {
        #expect(limiter("https://a.test", credential: "{a}:b é%") == "schedcu:rate:a.test:%7Ba%7D:b%20%C3%A9%25")
    }

    @Test func `a page is named by adapter, path and month, in the limiter's slot`() throws {
        let march = try #require(LocalDate("2026-03-01"))
        let site = AmionSite(baseURL: "https://a.test/base/", credentialName: "x")
        #expect(site.keys.page(march) == "{schedcu:rate:a.test:x}:page:html:/base/2026-03")
        #expect(
            AmionSite(baseURL: "https://a.test/base", credentialName: "x").keys.page(march) == site.keys.page(march))
        #expect(AmionSite(baseURL: "https://a.test", credentialName: "x").keys.page(march) != site.keys.page(march))
        let report = AmionSite(baseURL: "https://a.test/base", adapter: "csv", credentialName: "x")
        #expect(report.keys.page(march) != site.keys.page(march) && report.keys.limiter == site.keys.limiter)
    }
}
