import Amion
import Foundation
import HTTP
import ScheduleModel
import TaskQueue

extension PhaseRun {
    /// The permits that this run shares with all workers of the fleet which ask the same host with the same login.
    ///
    /// - Parameters:
    ///   - site: Whose permits.
    ///   - policy: What this run asks for.
    ///   - requestLimit: How long one request may take.
    /// - Returns: Permits of one batch or several.
    func amionPermits(_ site: AmionSite, policy: RatePolicy, requestLimit: Duration) -> FleetPermits {
        FleetPermits(
            redis: services.redis, keys: site.keys, policy: policy, requestLimit: requestLimit,
            floor: services.amionFloor, logger: services.logger)
    }
}

/// What the fleet counts as one and the same: an Amion host as one login sees it, through one adapter.
struct AmionSite: Sendable, Hashable {
    /// Host, and port where it is not the scheme's own.
    let host: String
    /// The path below which the adapter's pages are, without a slash at its end.
    let path: String
    /// The name of the adapter: the two forms of a month are different pages.
    let adapter: String
    /// The name of a credential entry, empty without one; never the code itself.
    let credential: String

    /// Names a site; of a base URL that cannot be read no page is ever had.
    init(baseURL: String, adapter: String = "html", credentialName: String? = nil) {
        let parts = URLComponents(string: baseURL)
        let host = (parts?.host ?? "").lowercased()
        let own = parts?.scheme?.lowercased() == "http" ? 80 : 443
        self.host = parts?.port.map { $0 == own ? host : "\(host):\($0)" } ?? host
        path = String((parts?.path ?? "").reversed().drop { $0 == "/" }.reversed())
        self.adapter = adapter
        credential = credentialName ?? ""
    }

    /// The site's names in Redis.
    var keys: FleetPermits.Keys {
        FleetPermits.Keys(limiter: RedisKeys.rate(host: host, credential: credential)) { month in
            RedisKeys.ratePage("\(adapter):\(path)/\(month.monthText)", host: host, credential: credential)
        }
    }
}
