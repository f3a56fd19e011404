import Testing

@testable import Redis

@Suite struct RedisConfigurationTests {
    private struct Example: Sendable {
        let url: String
        let expected: RedisConfiguration
        init(
            _ url: String, _ address: RedisConfiguration.Address, database: Int = 0, user: String? = nil,
            password: String? = nil
        ) {
            self.url = url
            expected = RedisConfiguration(address: address, database: database, username: user, password: password)
        }
    }

    private static let examples = [
        Example("redis://localhost", .tcp(host: "localhost", port: 6379)),
        Example("REDIS://10.0.0.1:7379", .tcp(host: "10.0.0.1", port: 7379)),
        Example("redis://h:1/", .tcp(host: "h", port: 1)),
        Example("redis://h:65535/15", .tcp(host: "h", port: 65_535), database: 15),
        Example("redis://[::1]:6380/2", .tcp(host: "::1", port: 6380), database: 2),
        Example("redis://[::1]", .tcp(host: "::1", port: 6379)),
        Example("redis://:pw@h", .tcp(host: "h", port: 6379), password: "pw"),
        Example("redis://u:pw@h/1", .tcp(host: "h", port: 6379), database: 1, user: "u", password: "pw"),
        Example("redis://u@h", .tcp(host: "h", port: 6379), user: "u"),
        Example("redis://u:a%40b%2Fc%25:d@h", .tcp(host: "h", port: 6379), user: "u", password: "a@b/c%:d"),
        Example("redis://u:%C3%BC@h", .tcp(host: "h", port: 6379), user: "u", password: "ü"),
        Example("unix:///run/redis.sock", .unix(path: "/run/redis.sock")),
        Example("unix:///a%20b.sock?db=3", .unix(path: "/a b.sock"), database: 3),
        Example("unix://u:pw@/r.sock?db=4", .unix(path: "/r.sock"), database: 4, user: "u", password: "pw"),
    ]

    @Test(arguments: examples)
    private func `an address is read into its parts`(example: Example) throws {
        #expect(try RedisConfiguration(url: example.url) == example.expected)
    }

    @Test(arguments: [
        ("rediss://u:hunter2@h", "not supported yet"),
        ("redis-sentinel://u:hunter2@h", "not supported yet"),
        ("redis-cluster://u:hunter2@h", "not supported yet"),
        ("http://u:hunter2@h", "scheme"),
        ("u:hunter2@h", "scheme"),
        ("", "scheme"),
        ("redis://u:hunter2@", "no host"),
        ("redis://u:hunter2@:6379", "no host"),
        ("redis://u:hunter2@h:0", "port"),
        ("redis://u:hunter2@h:65536", "port"),
        ("redis://u:hunter2@h:+1", "port"),
        ("redis://u:hunter2@h:", "port"),
        ("redis://u:hunter2@[::1", "]"),
        ("redis://u:hunter2@h/-1", "database"),
        ("redis://u:hunter2@h/one", "database"),
        ("redis://u:hunter2@h/99999999999999999999", "database"),
        ("redis://u:hunter2@h?db=1", "query"),
        ("redis://u:hunter2#x@h", "fragment"),
        ("redis://u:hunter2%4@h", "%"),
        ("redis://u:hunter2%zz@h", "%"),
        ("redis://u:hunter2%ff@h", "not text"),
        ("redis://u:hunter2%00@h", "not text"),
        ("unix://u:hunter2@h", "absolute path"),
        ("unix://hunter2/r.sock", "absolute path"),
        ("unix://u:hunter2@/r.sock?x=1", "db"),
    ])
    func `a wrong address is refused with the reason and without the password`(url: String, reason: String) throws {
        let error = try #require(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error.code == .invalidConfiguration)
        #expect(error.message.contains(reason))
        #expect(!error.description.contains("hunter2"))
        #expect(!error.isRetriable)
    }

    @Test func `no description shows the password`() throws {
        for url in ["redis://u:hunter2@h:1/2", "unix://u:hunter2@/r.sock"] {
            let configuration = try RedisConfiguration(url: url)
            struct Outer { let inner: RedisConfiguration }
            var dumped = ""
            dump(Outer(inner: configuration), to: &dumped)
            let texts = [
                "\(configuration)", String(reflecting: configuration), "\(Outer(inner: configuration))",
                "\(Optional(configuration) as Any)", dumped,
            ]
            for text in texts {
                #expect(!text.contains("hunter2"))
                #expect(text.contains("***"))
            }
        }
    }
}
