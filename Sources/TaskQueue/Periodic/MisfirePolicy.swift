/// What becomes of the runs of a periodic task that nobody enqueued in time, because no scheduler of the fleet ran or led.
///
/// A run that is late by no more than ``PeriodicSchedulerConfiguration/misfireTolerance`` is no misfire and is made up for.
public enum MisfirePolicy: Sendable, Hashable {
    /// They are lost, as in asynq.
    case skip
    /// One run stands for all of them as soon as a scheduler leads; it carries the tick of the last.
    ///
    /// It needs ``PeriodicSchedulerConfiguration/enqueuesOncePerTick``, since only there the store knows the last run.
    case runOnce
}
