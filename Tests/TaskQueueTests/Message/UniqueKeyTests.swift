import TaskQueue
import Testing

@Suite struct UniqueKeyTests {
    @Test(
        arguments: [
            (nil, ""), ("", "d41d8cd98f00b204e9800998ecf8427e"), (#"{"u":1}"#, "cfeb4906248f18cb94f202711c2a34cf"),
        ] as [(String?, String)])
    func `item 8: the key is Go's, and an absent payload is not an empty one`(payload: String?, digest: String) {
        let key = UniqueKey.key(queue: "default", type: "t", payload: payload.map { Array($0.utf8) })
        #expect(key == "asynq:{default}:unique:t:\(digest)")
    }

    /// RFC 1321, A.5, and lengths about the block's end.
    @Test(arguments: [
        ("a", "0cc175b9c0f1b6a831c399e269772661"), ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
        (String(repeating: "1234567890", count: 8), "57edf4a22be3c955ac49da2e2107b67a"),
        (String(repeating: "a", count: 55), "ef1772b6dff9a122358552954ad0df65"),
        (String(repeating: "a", count: 56), "3b0c8ac703f828b04c6c197006d17218"),
        (String(repeating: "a", count: 64), "014842d480b571495a4a0363793f7367"),
    ])
    func `the digest is MD5`(text: String, digest: String) {
        #expect(UniqueKey.key(queue: "q", type: "t", payload: Array(text.utf8)).hasSuffix(":\(digest)"))
    }

    @Test func `a custom key stays in its queue and never meets a lock of type and payload`() {
        let key = UniqueKey.custom("import", queue: "a")
        #expect(key.contains("{a}"))
        #expect(key != UniqueKey.custom("import", queue: "b"))
        #expect(!key.hasPrefix("asynq:"))
    }
}
