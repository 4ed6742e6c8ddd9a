// A plugin's answer is a stranger's: it becomes the kernel's only after everything in it was looked
// at.

internal import JSON
internal import Kernel
internal import Wire

/// What is impossible about an answer. Said to the log with the plugin's name; the client learns
/// that there was one.
struct AnswerFault: Error, Equatable {
    var problem: String
}

struct AnswerCheck: Sendable {
    var kind: BackendKind

    /// Statuses a plugin may choose: clients may ask an engine for one of their own. Informational
    /// ones would break the HTTP connection's framing, and so would 205, which has no body.
    private static func allows(_ status: UInt32) -> Bool {
        (200...599).contains(status) && status != 205
    }

    func outcome(_ response: EngineResponse) throws(AnswerFault) -> BackendOutcome {
        if let failure = response.failure {
            // Both at once would let whoever looks at one half only be fooled.
            guard response.auth == nil, response.lease == nil, response.raw == nil else {
                throw AnswerFault(problem: "a failure together with a grant or a body")
            }
            var translated = BackendFailure(failure)
            translated.warnings = try warnings(response.warnings)
            return .failure(translated)
        }
        var answer = BackendAnswer()
        answer.data = try data(response.data)
        answer.status = try status(response.httpStatus)
        answer.warnings = try warnings(response.warnings)
        answer.headers = try headers(response.headers)
        answer.leaseDurationSeconds = try lifetime(response.leaseDurationSeconds)
        answer.wakeSeconds = try lifetime(response.wakeSeconds)
        if let lease = response.lease { answer.lease = try grant(lease) }
        if let auth = response.auth { answer.auth = try grant(auth) }
        if let raw = response.raw {
            answer.raw = try body(raw)
            if raw.status != 0 { answer.status = try status(raw.status) }
        }
        guard answer.lease == nil || answer.auth == nil else {
            throw AnswerFault(problem: "a lease together with a login")
        }
        return .success(answer)
    }

    private static let limits = JSONLimits(
        maxMembersPerContainer: PluginHostLimits.answerMembers)

    private func data(_ bytes: [UInt8]) throws(AnswerFault) -> [UInt8]? {
        guard !bytes.isEmpty else { return nil }
        guard bytes.count <= WireLimits.maxBodyBytes else {
            throw AnswerFault(problem: "data larger than a body may be")
        }
        do throws(JSONError) { try JSONScanner.validate(bytes, limits: Self.limits) } catch {
            throw AnswerFault(problem: "data that is not JSON (\(error))")
        }
        guard JSONScanner.isObject(bytes) else {
            throw AnswerFault(problem: "data that is not a JSON object")
        }
        return bytes
    }

    private func status(_ status: UInt32) throws(AnswerFault) -> Int? {
        guard status != 0 else { return nil }
        guard Self.allows(status) else {
            throw AnswerFault(problem: "HTTP status \(status)")
        }
        return Int(status)
    }

    private func warnings(_ texts: [String]) throws(AnswerFault) -> [String] {
        guard !texts.isEmpty else { return [] }
        guard texts.count <= PluginHostLimits.answerWarnings,
            texts.allSatisfy({ $0.utf8.count <= PluginHostLimits.answerWarningBytes })
        else { throw AnswerFault(problem: "too many or too long warnings") }
        return texts
    }

    /// Which of them clients see the kernel decides, by the mount's settings.
    private func headers(_ pairs: [TextPair]) throws(AnswerFault) -> [(name: String, value: String)]
    {
        guard pairs.count <= PluginHostLimits.answerHeaders else {
            throw AnswerFault(problem: "too many headers")
        }
        var result: [(name: String, value: String)] = []
        for pair in pairs {
            let name = pair.name.lowercased()
            guard pair.value.utf8.count <= PluginHostLimits.answerHeaderBytes,
                Self.isHeaderValue(pair.value)
            else { throw AnswerFault(problem: "a header value that would break the response") }
            result.append((name, pair.value))
        }
        return result
    }

    /// No line end and no other control character: a value cannot begin another header.
    private static func isHeaderValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 < 0x7F) }
    }

    private func body(_ raw: Wire.RawBody) throws(AnswerFault) -> Kernel.RawBody {
        guard !raw.contentType.isEmpty, raw.contentType.utf8.count <= 256,
            Self.isHeaderValue(raw.contentType)
        else { throw AnswerFault(problem: "a content type that would break the response") }
        guard raw.body.count <= WireLimits.maxBodyBytes else {
            throw AnswerFault(problem: "a body larger than one may be")
        }
        return Kernel.RawBody(contentType: raw.contentType, bytes: raw.body)
    }

    private func grant(_ lease: Wire.LeaseGrant) throws(AnswerFault) -> Kernel.LeaseGrant {
        guard kind == .secret else {
            throw AnswerFault(problem: "a lease from a plugin that is no secrets engine")
        }
        // It is stored with each lease, and there may be a million.
        guard lease.internalData.count <= WireLimits.maxIntentBytes else {
            throw AnswerFault(problem: "too much internal data")
        }
        return Kernel.LeaseGrant(
            ttlSeconds: try lifetime(lease.ttlSeconds),
            maxTTLSeconds: try lifetime(lease.maxTTLSeconds), isRenewable: lease.renewable,
            internalData: lease.internalData)
    }

    private func grant(_ auth: Wire.AuthGrant) throws(AnswerFault) -> Kernel.AuthGrant {
        guard kind == .auth else {
            throw AnswerFault(problem: "a login from a plugin that is no auth method")
        }
        guard auth.policies.count <= PluginHostLimits.grantedPolicies,
            auth.boundCIDRs.count <= KernelLimits.boundCIDRsPerToken,
            auth.metadata.count <= PluginHostLimits.grantMetadataEntries,
            auth.aliasMetadata.count <= PluginHostLimits.grantMetadataEntries,
            auth.groupAliases.count <= PluginHostLimits.grantedGroups
        else { throw AnswerFault(problem: "a login with too many entries") }
        // Only an operator's own token is root; an auth method that could say so would be one.
        guard !auth.policies.contains(where: { $0.utf8.elementsEqual("root".utf8) }) else {
            throw AnswerFault(problem: "a login with the root policy")
        }
        try check(internalData: auth.internalData)
        return Kernel.AuthGrant(
            policies: auth.policies, displayName: auth.displayName,
            metadata: auth.metadata.map { ($0.name, $0.value) },
            ttlSeconds: try lifetime(auth.ttlSeconds),
            maxTTLSeconds: try lifetime(auth.maxTTLSeconds),
            periodSeconds: try lifetime(auth.periodSeconds),
            explicitMaxTTLSeconds: try lifetime(auth.explicitMaxTTLSeconds),
            isRenewable: auth.renewable, numberOfUses: UInt64(auth.numUses),
            boundCIDRs: auth.boundCIDRs, tokenType: Self.tokenType(auth.tokenType),
            aliasName: auth.aliasName,
            aliasMetadata: auth.aliasMetadata.map { ($0.name, $0.value) },
            excludesDefaultPolicy: auth.noDefaultPolicy, internalData: auth.internalData,
            groupAliases: auth.groupAliases)
    }

    private static func tokenType(_ type: TokenType) -> String {
        switch type {
        case .mountDefault: "default"
        case .service: "service"
        case .batch: "batch"
        }
    }

    private func check(internalData: [UInt8]) throws(AnswerFault) {
        guard internalData.count <= PluginHostLimits.internalDataBytes else {
            throw AnswerFault(problem: "too much internal data")
        }
    }

    /// A lifetime near 2⁶⁴ would end in the past once a clock is added to it.
    private func lifetime(_ seconds: UInt64) throws(AnswerFault) -> UInt64 {
        guard seconds <= PluginHostLimits.lifetimeSeconds else {
            throw AnswerFault(problem: "a lifetime of more than a hundred years")
        }
        return seconds
    }
}
