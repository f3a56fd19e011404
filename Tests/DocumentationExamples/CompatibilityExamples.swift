import Foundation
import TaskQueue

// example: go-payload
/// What a handler in Go decodes with `encoding/json`.
struct ResizeImage: TaskPayload {
    static let taskType = "image:resize"

    var source: String
    var maxWidth: Int

    enum CodingKeys: String, CodingKey {
        case source = "source_url"
        case maxWidth = "max_width"
    }
}
// end

/// The examples of the article on Go.
enum CompatibilityExamples {
    static func enqueue(client: TaskClient) async throws {
        // example: go-enqueue
        let image = ResizeImage(source: "https://example.com/cat.png", maxWidth: 320)
        try await client.enqueue(image, EnqueueOptions(queue: "images", maxRetry: 3, timeout: .seconds(60)))
        // end
    }

    static func tick(scheduler: PeriodicTaskScheduler) throws {
        // example: go-tick
        try scheduler.register(
            "0 2 * * *", QueueTask(type: "report:nightly"), id: .fixed("nightly"), hasTaskIDPerTick: true)
        // end
    }
}
