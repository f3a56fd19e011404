import Postgres
import Testing

@Suite struct PostgresConfigurationTests {
    @Test(arguments: [
        ("postgresql://u:p@h/d", true), ("postgresql://u@h:5432/d", false), ("host=h password=p", true),
        ("host=h", false),
        ("postgresql://h/d?password=p", true), ("postgresql://u:p%zz@h/d", true), ("postgresql://h:5432/d", false),
    ])
    func `a password in a URL is found`(url: String, isThere: Bool) {
        #expect(PostgresConfiguration.containsPassword(url) == isThere)
    }

    @Test(arguments: ["postgresql://u:s3cret@h:1/d", "postgresql://u:s3cret%zz@h:1/d"])
    func `no description shows the password`(url: String) {
        let configuration = PostgresConfiguration(url: url)
        #expect(!"\(configuration)".contains("s3cret"))
        #expect(!String(reflecting: configuration).contains("s3cret"))
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("s3cret"))
    }

    @Test func `a description tells where to`() {
        #expect("\(PostgresConfiguration(url: "postgresql://u:p@h:1/d"))" == "postgres at u@h:1/d")
    }
}
