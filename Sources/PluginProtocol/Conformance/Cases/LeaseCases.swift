// Secrets that end: what was given out with a lease can be taken back.

import Paths
import Wire

extension Case {
    static let leases = [revocation, renewal]

    /// What was given out with a lease, by asking for everything.
    static func grants(
        _ mount: TriedMount
    ) throws -> [(name: String, path: [UInt8], lease: LeaseGrant)] {
        try mount.requests.compactMap { tried in
            let request = tried.request(.tried, data: tried.markedData)
            guard let lease = try mount.conversation.respond(request).lease else { return nil }
            return (tried.name, request.path, lease)
        }
    }

    private static let revocation = Case(
        "a secret with a lease can be revoked, and again when it is gone", .leases, .leases
    ) { subject, findings in
        let mount = try TriedMount(subject, findings)
        for (name, path, lease) in try grants(mount) {
            findings.expect(
                lease.internalData.count <= WireLimits.maxIntentBytes,
                else: "the lease of \(name) has \(lease.internalData.count) bytes of internal_data")
            for time in ["revoked", "revoked once more"] {
                let failure = try revoke(lease, of: path, mount)
                findings.expect(
                    failure == nil,
                    else: "the secret of \(name) cannot be \(time): \(failure?.message ?? "")")
            }
        }
        try mount.conversation.drain()
    }

    private static func revoke(
        _ lease: LeaseGrant, of path: [UInt8], _ mount: TriedMount
    ) throws -> PluginFailure? {
        try mount.conversation.respond(
            EngineRequest(
                mount: .tried, operation: Paths.Operation.revoke.rawValue, path: path,
                internalData: lease.internalData)
        ).failure
    }

    private static let renewal = Case(
        "a lease that is renewable can be renewed, and one that is not says so", .leases, .leases
    ) { subject, findings in
        let mount = try TriedMount(subject, findings)
        for (name, path, lease) in try grants(mount) {
            let renew = EngineRequest(
                mount: .tried, operation: Paths.Operation.renew.rawValue, path: path,
                data: Array(#"{"increment":0,"ttl":60}"#.utf8), internalData: lease.internalData)
            let response = try mount.conversation.respond(renew)
            if lease.renewable {
                findings.expect(
                    response.failure == nil,
                    else: "the lease of \(name) is renewable, and its renewal "
                        + "fails: \(response.failure?.message ?? "")")
                findings.expect(
                    response.lease.map { $0.ttlSeconds <= 60 } ?? true,
                    else: "the renewal of \(name) takes more time than is allowed")
            } else {
                findings.expect(
                    response.failure != nil,
                    else: "the lease of \(name) is not renewable, and its renewal succeeds")
            }
            // Nothing that was made for this is left behind.
            _ = try revoke(lease, of: path, mount)
        }
        try mount.conversation.drain()
    }
}
