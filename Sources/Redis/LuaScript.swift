/// A Lua script that Redis runs by its digest.
package struct LuaScript: Sendable {
    /// What logs and errors call the script.
    package let name: String
    /// The Lua text.
    package let source: String
    /// The SHA-1 digest of ``source`` in lower-case hexadecimal, as `EVALSHA` wants it.
    package let sha1: String

    /// Makes a script and computes its digest; make each once, as a static constant.
    package init(name: String, _ source: String) {
        self.name = name
        self.source = source
        sha1 = SHA1.hexDigest(of: Array(source.utf8))
    }
}
