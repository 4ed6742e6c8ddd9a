// Writing, patching and deleting a policy: what is asked for, and check-and-set.

internal import Clock
internal import JSON
internal import Paths

enum PolicyWriting {
    /// What is left out goes back to its default.
    static func replace(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        guard let text = text(call) else {
            throw BackendFailure(.invalidRequest, "'policy' parameter not supplied or empty")
        }
        let end = try expiration(call)
        try await call.state.policies.put(SysPolicies.name(call)) {
            (current) throws(BackendFailure) in
            var record = PolicyRecord(text: text)
            record.expiration = end
            record.requiresCheckAndSet = call.fields.boolean("cas_required") ?? false
            try check(call, current, record)
            return written(record, after: current)
        }
        return BackendAnswer()
    }

    /// What is left out stays. Nothing is made anew.
    static func patch(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let (text, end) = (text(call), try expiration(call))
        try await call.state.policies.put(SysPolicies.name(call)) {
            (current) throws(BackendFailure) in
            guard var record = current else {
                throw BackendFailure(.notFound, "policy does not exist")
            }
            if let text { record.text = text }
            if let end { record.expiration = end }
            if let required = call.fields.boolean("cas_required") {
                record.requiresCheckAndSet = required
            }
            try check(call, current, record)
            return written(record, after: current)
        }
        return BackendAnswer()
    }

    static func delete(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try await call.state.policies.delete(SysPolicies.name(call))
        return BackendAnswer()
    }

    private static func text(_ call: CoreCall) -> String? {
        for field in ["policy", "rules"] {
            if let text = call.fields.string(field), !text.isEmpty { return PolicyText.plain(text) }
        }
        return nil
    }

    private static func expiration(_ call: CoreCall) throws(BackendFailure) -> Timestamp? {
        let text = call.fields.string("expiration") ?? ""
        let ttl = call.fields.duration("ttl") ?? 0
        if text.isEmpty { return ttl == 0 ? nil : Timestamp.now.adding(seconds: Int64(ttl)) }
        guard ttl == 0 else {
            throw BackendFailure(.invalidRequest, "cannot specify both expiration and ttl")
        }
        guard let end = Timestamp(rfc3339: text) else {
            throw BackendFailure(
                .invalidRequest, "expiration must be a time such as 2030-01-31T12:00:00Z")
        }
        guard end > Timestamp.now else {
            throw BackendFailure(.invalidRequest, "expiration cannot be in the past")
        }
        return end
    }

    private static func check(
        _ call: CoreCall, _ current: PolicyRecord?, _ next: PolicyRecord
    ) throws(BackendFailure) {
        guard let expected = call.fields.integer("cas") else {
            guard next.requiresCheckAndSet || current?.requiresCheckAndSet ?? false else { return }
            throw BackendFailure(
                .invalidRequest, "check-and-set parameter required for this call")
        }
        guard expected == current?.version ?? -1 else {
            throw BackendFailure(
                .invalidRequest, "check-and-set parameter did not match the current version")
        }
    }

    private static func written(
        _ record: PolicyRecord, after current: PolicyRecord?
    ) -> PolicyRecord {
        var record = record
        record.version = (current?.version ?? 0).addingReportingOverflow(1).partialValue
        record.modified = Timestamp.now
        return record
    }
}
