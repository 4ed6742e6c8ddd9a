// From the core's requests and responses to audit entries. What no line here copies is not logged.

internal import Audit
internal import Clock
internal import Cryptography
internal import JSON
internal import Paths

enum AuditEntries {
    static func subject(
        _ subject: RequestSubject, isAllowed: Bool, headers: AuditedHeaders
    ) -> AuditSubject {
        let source = subject.request
        let caller = subject.caller
        var request = EntryRequest(
            id: source.id, operation: subject.operation.name, path: source.path)
        request.mount = subject.mount?.auditEntry
        request.clientToken = source.token
        request.clientTokenAccessor = caller?.token.entry.accessor ?? ""
        request.namespaceID = subject.state?.namespace.shownID ?? ""
        request.namespacePath = source.namespace
        request.data = source.data
        request.plainKeys = subject.mount?.entry.settings.auditNonHMACRequestKeys ?? []
        request.remoteAddress = source.remoteAddress
        request.remotePort = source.remotePort
        request.wrapTTLSeconds = source.wrapTTLSeconds ?? 0
        request.headers = headers.entries(source.headers)
        var auth = caller.map { self.auth($0, token: source.token) } ?? EntryAuth()
        if let purpose = subject.purpose { auth.displayName = purpose }
        if caller != nil || !isAllowed { auth.isAllowed = isAllowed }
        if let caller, isAllowed {
            let policies = caller.grantingPolicies(
                path: source.path, operation: subject.operation)
            if !policies.isEmpty {
                auth.grantingPolicies = policies
                auth.policyNamespaceID = caller.home.namespace.shownID
                auth.policyNamespacePath = caller.home.namespace.path
            }
        }
        return AuditSubject(lane: source.lane, request: request, auth: auth)
    }

    /// What lines say about a mount.
    static func mount(_ entry: MountEntry, isBuiltIn: Bool) -> EntryMount {
        EntryMount(
            point: entry.route, type: entry.type, accessor: entry.accessor,
            kind: entry.kind == .auth ? "auth" : "secret", runningVersion: entry.pluginVersion,
            isExternal: !isBuiltIn)
    }

    private static func auth(_ caller: Caller, token: SecretBytes?) -> EntryAuth {
        let entry = caller.token.entry
        var auth = EntryAuth()
        auth.clientToken = token
        auth.tokenName = EntryTokenName(words: caller.token.key.words)
        auth.accessor = entry.accessor
        auth.displayName = entry.displayName
        auth.policies = caller.policies
        auth.tokenPolicies = entry.policies
        if caller.policies.count != entry.policies.count {
            auth.identityPolicies = caller.policies.filter { !entry.policies.contains($0) }
        }
        auth.metadata = entry.metadata.map { ($0.key, $0.value) }
        auth.remainingUses = max(0, entry.usesLeft)
        auth.entityID = caller.entityID
        auth.tokenType = entry.isBatch ? "batch" : "service"
        auth.tokenTTLSeconds = entry.creationTTLSeconds
        auth.tokenIssuedAt = Timestamp(seconds: entry.createdAt)
        return auth
    }

    // MARK: Responses

    /// - Parameter isStrangers: whether an engine that is a process of its own wrote the texts.
    static func response(
        _ response: ClientResponse, wrapped: ClientResponse?, to subject: RequestSubject,
        isStrangers: Bool
    ) -> EntryResponse {
        var entry = EntryResponse()
        entry.mount = subject.mount?.auditEntry
        entry.plainKeys = subject.mount?.entry.settings.auditNonHMACResponseKeys ?? []
        fill(&entry, from: wrapped ?? response, isStrangers: isStrangers)
        if wrapped != nil, case .envelope(let envelope) = response.body {
            entry.wrap = envelope.wrapInfo.flatMap(wrap)
        }
        return entry
    }

    /// The error of a response that is one.
    static func error(of response: ClientResponse, isStrangers: Bool) -> EntryText? {
        guard case .errors(let errors, _) = response.body, !errors.isEmpty else { return nil }
        return EntryText(errors.joined(separator: "; "), isPlain: !isStrangers)
    }

    private static func fill(
        _ entry: inout EntryResponse, from response: ClientResponse, isStrangers: Bool
    ) {
        entry.headers = response.headers.map {
            EntryHeader(name: $0.name, value: $0.value, isPlain: !isStrangers)
        }
        switch response.body {
        case .none: break
        case .errors(_, let warnings): entry.warnings = texts(warnings, isStrangers)
        case .json(let bytes): entry.data = bytes
        case .raw(let contentType, let bytes):
            entry.raw = EntryRawBody(
                status: response.status, contentType: contentType, bytes: bytes)
        case .stream(let contentType, _):
            // It comes into being after this line.
            entry.raw = EntryRawBody(status: response.status, contentType: contentType, bytes: [])
        case .envelope(let envelope):
            entry.data = envelope.data
            entry.leaseID = envelope.leaseID
            entry.auth = envelope.auth.flatMap(auth)
            entry.wrap = envelope.wrapInfo.flatMap(wrap)
            entry.warnings = texts(envelope.warnings, isStrangers)
        }
    }

    private static func texts(_ warnings: [String], _ isStrangers: Bool) -> [EntryText] {
        warnings.map { EntryText($0, isPlain: !isStrangers) }
    }

    /// The envelope's `auth`, field by field.
    private static func auth(_ value: JSONValue) -> EntryAuth? {
        guard case .object(let object) = value else { return nil }
        func text(_ name: String) -> String { object[name]?.stringValue ?? "" }
        func texts(_ name: String) -> [String] {
            object[name]?.arrayValue?.compactMap(\.stringValue) ?? []
        }
        var auth = EntryAuth()
        auth.clientToken = SecretBytes(utf8: text("client_token"))
        auth.accessor = text("accessor")
        auth.displayName = text("display_name")
        auth.policies = texts("policies")
        auth.tokenPolicies = texts("token_policies")
        auth.identityPolicies = texts("identity_policies")
        auth.metadata =
            object["metadata"]?.objectValue?.members.compactMap { member in
                member.value.stringValue.map { (member.key, $0) }
            } ?? []
        auth.numberOfUses = Int64(object["num_uses"]?.intValue ?? 0)
        auth.entityID = text("entity_id")
        auth.tokenType = text("token_type")
        auth.tokenTTLSeconds = Int64(object["lease_duration"]?.intValue ?? 0)
        return auth
    }

    private static func wrap(_ value: JSONValue) -> EntryWrap? {
        guard case .object(let object) = value, let token = object["token"]?.stringValue else {
            return nil
        }
        return EntryWrap(
            token: SecretBytes(utf8: token), accessor: object["accessor"]?.stringValue ?? "",
            wrappedAccessor: object["wrapped_accessor"]?.stringValue ?? "",
            ttlSeconds: Int64(object["ttl"]?.intValue ?? 0),
            createdAt: object["creation_time"]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
                ?? Timestamp(seconds: 0),
            creationPath: object["creation_path"]?.stringValue ?? "")
    }
}
