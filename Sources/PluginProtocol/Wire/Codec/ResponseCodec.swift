// An engine's answer and what may hang on it.

import CMessages
import CProtobufC

extension EngineResponse {
    init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
        self = try Arena.unpack(payload, coffer__plugin__response__unpack) {
            (c) throws(WireError) in
            EngineResponse(
                failure: try PluginFailure?(c.failure), data: Arena.bytes(c.data),
                httpStatus: c.http_status,
                warnings: try Arena.texts(c.n_warnings, c.warnings, "warning"),
                lease: Arena.read(c.lease).map(LeaseGrant.init),
                auth: try Arena.read(c.auth).map(AuthGrant.init),
                raw: try Arena.read(c.raw).map(RawBody.init),
                headers: try Arena.list(c.n_headers, c.headers, TextPair.init),
                leaseDurationSeconds: c.lease_duration_seconds, wakeSeconds: c.wake_seconds)
        }
    }

    func encode(_ writer: FrameWriter, _ out: inout [UInt8]) -> Int {
        Arena.with { arena in
            var c = Arena.new(Coffer__Plugin__Response(), coffer__plugin__response__init)
            c.failure = failure.build(arena)
            c.http_status = httpStatus
            (c.n_warnings, c.warnings) = arena.copies(warnings, arena.copy)
            c.lease = lease.map { arena.message($0.build(arena)) }
            c.auth = auth.map { arena.message($0.build(arena)) }
            c.raw = raw.map { arena.message($0.build(arena)) }
            (c.n_headers, c.headers) = arena.messages(headers) { $0.build(arena) }
            c.lease_duration_seconds = leaseDurationSeconds
            c.wake_seconds = wakeSeconds
            return arena.lending(data) {
                c.data = $0
                return writer.append(c, to: &out)
            }
        }
    }
}

extension RawBody {
    init(_ c: Coffer__Plugin__Raw) throws(WireError) {
        self.init(
            contentType: try Arena.text(c.content_type, "content type"), body: Arena.bytes(c.body),
            status: c.status)
    }

    func build(_ arena: Arena) -> Coffer__Plugin__Raw {
        var c = Arena.new(Coffer__Plugin__Raw(), coffer__plugin__raw__init)
        c.content_type = arena.copy(contentType)
        c.body = arena.copy(body)
        c.status = status
        return c
    }
}

extension LeaseGrant {
    init(_ c: Coffer__Plugin__Lease) {
        self.init(
            ttlSeconds: c.ttl_seconds, maxTTLSeconds: c.max_ttl_seconds,
            renewable: c.renewable != 0, internalData: Arena.bytes(c.internal_data))
    }

    func build(_ arena: Arena) -> Coffer__Plugin__Lease {
        var c = Arena.new(Coffer__Plugin__Lease(), coffer__plugin__lease__init)
        c.ttl_seconds = ttlSeconds
        c.max_ttl_seconds = maxTTLSeconds
        c.renewable = renewable ? 1 : 0
        c.internal_data = arena.copy(internalData)
        return c
    }
}

extension AuthGrant {
    init(_ c: Coffer__Plugin__Auth) throws(WireError) {
        self.init(
            policies: try Arena.texts(c.n_policies, c.policies, "policy"),
            displayName: try Arena.text(c.display_name, "display name"),
            metadata: try Arena.list(c.n_metadata, c.metadata, TextPair.init),
            ttlSeconds: c.ttl_seconds, maxTTLSeconds: c.max_ttl_seconds,
            periodSeconds: c.period_seconds, explicitMaxTTLSeconds: c.explicit_max_ttl_seconds,
            renewable: c.renewable != 0, aliasName: try Arena.text(c.alias_name, "alias name"),
            aliasMetadata: try Arena.list(c.n_alias_metadata, c.alias_metadata, TextPair.init),
            numUses: c.num_uses,
            boundCIDRs: try Arena.texts(c.n_bound_cidrs, c.bound_cidrs, "bound CIDR"),
            tokenType: try TokenType(wire: c.token_type.rawValue, "token type"),
            noDefaultPolicy: c.no_default_policy != 0, internalData: Arena.bytes(c.internal_data),
            groupAliases: try Arena.texts(c.n_group_aliases, c.group_aliases, "group alias"))
    }

    func build(_ arena: Arena) -> Coffer__Plugin__Auth {
        var c = Arena.new(Coffer__Plugin__Auth(), coffer__plugin__auth__init)
        (c.n_policies, c.policies) = arena.copies(policies, arena.copy)
        c.display_name = arena.copy(displayName)
        (c.n_metadata, c.metadata) = arena.messages(metadata) { $0.build(arena) }
        c.ttl_seconds = ttlSeconds
        c.max_ttl_seconds = maxTTLSeconds
        c.period_seconds = periodSeconds
        c.explicit_max_ttl_seconds = explicitMaxTTLSeconds
        c.renewable = renewable ? 1 : 0
        c.alias_name = arena.copy(aliasName)
        (c.n_alias_metadata, c.alias_metadata) = arena.messages(aliasMetadata) { $0.build(arena) }
        c.num_uses = numUses
        (c.n_bound_cidrs, c.bound_cidrs) = arena.copies(boundCIDRs, arena.copy)
        c.token_type = Coffer__Plugin__TokenType(rawValue: UInt32(tokenType.rawValue))
        c.no_default_policy = noDefaultPolicy ? 1 : 0
        c.internal_data = arena.copy(internalData)
        (c.n_group_aliases, c.group_aliases) = arena.copies(groupAliases, arena.copy)
        return c
    }
}
