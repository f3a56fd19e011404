import Glibc

/// How much processor time the calling thread has used, for limits on parsing.
///
/// It stands beside the parsers because the layers above may not hand out pointers, as `clock_gettime` wants them.
package enum ThreadCPUClock {
    /// The calling thread's processor time since it began; compare two readings of one thread.
    package static func now() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
