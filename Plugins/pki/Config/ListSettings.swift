// How revocation lists and status answers are made.

import Cryptography
import JSON
import Paths

struct ListSettings: Sendable, Equatable {
    var expirySeconds = 72 * 3_600
    var isDisabled = false
    var isOCSPDisabled = false
    var ocspExpirySeconds = 12 * 3_600
    var rebuildsByItself = false
    var gracePeriodSeconds = 12 * 3_600
    var hasDelta = false
    var deltaIntervalSeconds = 15 * 60
    var allowsExpired = false
    /// Whether answers are signed by a responder, and what it is like.
    var delegatesOCSP = false
    var responder = Delegation()

    struct Delegation: Sendable, Equatable {
        var ttlSeconds = 7 * 86_400
        var keyKind = KeyKind.p256
    }

    var delegation: Delegation? { delegatesOCSP ? responder : nil }

    var json: JSONValue {
        [
            "expiry": .string(DurationText.shortText(expirySeconds)),
            "disable": .bool(isDisabled),
            "ocsp_disable": .bool(isOCSPDisabled),
            "ocsp_expiry": .string(DurationText.shortText(ocspExpirySeconds)),
            "auto_rebuild": .bool(rebuildsByItself),
            "auto_rebuild_grace_period": .string(DurationText.shortText(gracePeriodSeconds)),
            "enable_delta": .bool(hasDelta),
            "delta_rebuild_interval": .string(DurationText.shortText(deltaIntervalSeconds)),
            "allow_expired_certificate_revocation": .bool(allowsExpired),
            "ocsp_delegated": .bool(delegatesOCSP),
            "ocsp_responder_ttl": .string(DurationText.shortText(responder.ttlSeconds)),
            "ocsp_responder_key_type": .string(responder.keyKind.typeName),
        ]
    }

    init() {}

    /// What is missing is as by default.
    init(_ json: JSONValue) {
        func seconds(_ name: String, _ otherwise: Int) -> Int {
            json[name]?.stringValue.flatMap { DurationText.seconds($0) } ?? otherwise
        }
        func flag(_ name: String) -> Bool { json[name]?.boolValue ?? false }
        expirySeconds = seconds("expiry", expirySeconds)
        isDisabled = flag("disable")
        isOCSPDisabled = flag("ocsp_disable")
        ocspExpirySeconds = seconds("ocsp_expiry", ocspExpirySeconds)
        rebuildsByItself = flag("auto_rebuild")
        gracePeriodSeconds = seconds("auto_rebuild_grace_period", gracePeriodSeconds)
        hasDelta = flag("enable_delta")
        deltaIntervalSeconds = seconds("delta_rebuild_interval", deltaIntervalSeconds)
        allowsExpired = flag("allow_expired_certificate_revocation")
        delegatesOCSP = flag("ocsp_delegated")
        responder.ttlSeconds = seconds("ocsp_responder_ttl", responder.ttlSeconds)
        if let type = json["ocsp_responder_key_type"]?.stringValue,
            let kind = try? KeyKind(type: type, bits: 0)
        {
            responder.keyKind = kind
        }
    }
}

extension DurationText {
    /// In the largest unit that has no rest: "72h", "15m", "90s".
    static func shortText(_ seconds: Int) -> String {
        if seconds > 0, seconds % 3_600 == 0 { return "\(seconds / 3_600)h" }
        if seconds > 0, seconds % 60 == 0 { return "\(seconds / 60)m" }
        return "\(seconds)s"
    }
}
