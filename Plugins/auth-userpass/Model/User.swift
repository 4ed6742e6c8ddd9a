// Somebody who can log in.

import PluginSDK

struct User: Sendable {
    var password: PasswordHash
    var token = TokenParameters()

    static let olderTokenNames: [TokenParameter: String] = [
        .policies: "policies", .ttl: "ttl", .maxTTL: "max_ttl", .boundCIDRs: "bound_cidrs",
    ]
}
