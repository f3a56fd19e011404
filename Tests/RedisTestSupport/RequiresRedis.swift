import Foundation
package import Testing

/// The test server's address, from `TEST_REDIS_URL`.
enum TestServer {
    static var url: String? { ProcessInfo.processInfo.environment["TEST_REDIS_URL"] }
}

extension Trait where Self == ConditionTrait {
    /// Skips where no Redis server is named.
    package static var requiresRedis: Self { .enabled(if: TestServer.url != nil, "set TEST_REDIS_URL") }
}
