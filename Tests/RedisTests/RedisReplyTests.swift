import Testing

@testable import Redis

@Suite struct RedisReplyTests {
    @Test func `accessors give the value of their kind`() throws {
        #expect(try RedisReply.integer(-7).integer() == -7)
        #expect(try RedisReply.bulk(Array("42".utf8)).integer() == 42)
        #expect(try RedisReply.status("OK").string() == "OK")
        #expect(try RedisReply.bulk([0xC3, 0xBC]).string() == "ü")
        #expect(try RedisReply.bulk([0, 255]).bytes() == [0, 255])
        #expect(try RedisReply.null.optionalBytes() == nil)
        #expect(try RedisReply.array([.null, .integer(1)]).array() == [.null, .integer(1)])
    }

    @Test func `a reply of another kind is an error that does not show the value`() throws {
        let error = try #require(throws: RedisError.self) { try RedisReply.bulk(Array("secret".utf8)).integer() }
        #expect(error.code == .unexpectedReply)
        #expect(!error.description.contains("secret"))
        #expect(throws: RedisError.self) { try RedisReply.null.bytes() }
        #expect(throws: RedisError.self) { try RedisReply.null.array() }
        #expect(throws: RedisError.self) { try RedisReply.integer(1).string() }
        let rejected = try #require(throws: RedisError.self) { try RedisReply.error("ERR no").array() }
        #expect(rejected.code == .commandRejected)
    }

    @Test func `an unknown command's arguments are cut from the error`() {
        let error = RedisError.rejected(
            "ERR unknown command 'FOO', with args beginning with: 'secret' ", command: "FOO")
        #expect(error.message == "ERR unknown command 'FOO'")
    }

    @Test(arguments: [
        (RedisError(.connectionLost, ""), true), (RedisError(.timedOut, ""), true),
        (RedisError(.connectFailed, ""), true), (RedisError(.commandRejected, "ERR no"), false),
        (RedisError(.connectFailed, "WRONGPASS", command: nil, isRefusal: true), false),
        (RedisError(.commandRejected, "LOADING Redis is loading"), true),
        (RedisError(.cancelled, ""), false), (RedisError(.closed, ""), false),
        (RedisError(.unexpectedReply, ""), false),
    ])
    func `only failures that may pass are retriable`(error: RedisError, isRetriable: Bool) {
        #expect(error.isRetriable == isRetriable)
    }
}
