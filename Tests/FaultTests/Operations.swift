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
}
