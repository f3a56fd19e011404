import Foundation

extension BrokerFixture {
    /// Turns the clock to so many seconds after the moment of ``GoLayout``.
    func turn(to seconds: Int) {
        clock.set(Date(timeIntervalSince1970: Double(GoLayout.moment + seconds)))
    }
}
