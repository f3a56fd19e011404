/// What came of a sequence's commands, as its producer and its faults were told.
struct Operations: Sendable, Equatable {
    /// Tasks whose enqueue was acknowledged.
    var acknowledged: Set<String> = []
    /// Tasks that were refused as duplicates.
    var refused: Set<String> = []
    /// Tasks whose enqueue ended with an error of the connection: stored or not.
    var unknown: Set<String> = []
    /// Tasks that somebody asked to cancel, acknowledged or not.
    var cancelled: Set<String> = []
    /// Tasks whose cancellation was acknowledged.
    var acknowledgedCancels: Set<String> = []
    /// How often all runs of a task were asked to end, as asynq does it.
    var nudges: [String: Int] = [:]
    /// Workflows whose enqueue was acknowledged.
    var acknowledgedWorkflows: Set<String> = []
    /// Workflows whose cancellation was acknowledged.
    var acknowledgedWorkflowCancels: Set<String> = []
}
