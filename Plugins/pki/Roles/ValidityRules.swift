// When certificates of a role begin and end to be valid.

import Certificates
import PluginSDK

struct ValidityRules: Sendable {
    enum BeforeBound: String, Sendable {
        case permit, duration, forbid
    }

    enum AfterBound: Sendable, Equatable {
        case permit, ttlLimited, forbid
        case until(CertificateTime)
    }

    let beforeSeconds: Int
    let beforeBound: BeforeBound
    let before: CertificateTime?
    let afterBound: AfterBound
    let after: CertificateTime?

    init(
        beforeSeconds: Int, beforeBound: String, before: String, afterBound: String, after: String
    ) throws(PluginError) {
        self.beforeSeconds = beforeSeconds
        guard let bound = BeforeBound(rawValue: beforeBound.isEmpty ? "permit" : beforeBound)
        else {
            throw PluginError(
                .invalidRequest, "unknown not_before_bound: there are permit, duration and forbid")
        }
        self.beforeBound = bound
        self.before = try CertificateTime.field("not_before", before)
        self.after = try CertificateTime.field("not_after", after)
        switch afterBound {
        case "", "permit": self.afterBound = .permit
        case "ttl-limited": self.afterBound = .ttlLimited
        case "forbid": self.afterBound = .forbid
        default:
            guard let time = CertificateTime(rfc3339: afterBound) else {
                throw PluginError(
                    .invalidRequest,
                    "unknown not_after_bound: there are permit, ttl-limited, forbid, and a time")
            }
            self.afterBound = .until(time)
        }
    }
}

extension CertificateTime {
    /// Nil for nothing.
    static func field(_ name: String, _ text: String?) throws(PluginError) -> CertificateTime? {
        guard let text, !text.isEmpty else { return nil }
        guard let time = CertificateTime(rfc3339: text) else {
            throw PluginError(
                .invalidRequest, "\(name) must be a time such as 2030-01-31T12:00:00Z")
        }
        return time
    }
}
