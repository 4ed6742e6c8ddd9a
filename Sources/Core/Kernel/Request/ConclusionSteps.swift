// From an engine's outcome to the client's response; `RequestPipeline.conclude` has the order.

internal import JSON
internal import Paths

extension RequestPipeline {
    /// The response to an answer that was checked and whose lease or login, if any, is made.
    func response(to exchange: Exchange, _ answer: BackendAnswer) -> ClientResponse {
        let (request, mount) = (exchange.request, exchange.mount)
        if let replay = answer.replay { return replay }
        if let raw = answer.raw {
            return ClientResponse(
                status: answer.status ?? 200, body: .raw(contentType: raw.contentType, raw.bytes),
                headers: answer.headers)
        }
        if answer.isBare, request.wrapTTLSeconds == nil, let data = answer.data {
            return ClientResponse(
                status: answer.status ?? 200, body: .json(data + [UInt8(ascii: "\n")]))
        }
        let hasContent =
            answer.data != nil || answer.login != nil || answer.kept != nil
            || !answer.warnings.isEmpty
        guard hasContent else { return emptyResponse(to: request, answer) }
        let envelope = Envelope(
            requestID: request.id, leaseID: answer.kept?.id ?? "",
            renewable: answer.kept?.isRenewable ?? false,
            leaseDurationSeconds: answer.kept?.ttlSeconds ?? answer.leaseDurationSeconds,
            data: answer.data, warnings: answer.warnings, auth: answer.login,
            mountType: mount.map { Self.shownType($0) } ?? "",
            dataAtTopLevel: mount?.isBuiltIn ?? false
                && TopLevelData.paths.contains(request.path))
        return ClientResponse(
            status: answer.status ?? 200, body: .envelope(envelope), headers: answer.headers)
    }

    /// Nothing to say: a read found nothing, a write is done.
    private func emptyResponse(to request: ClientRequest, _ answer: BackendAnswer) -> ClientResponse
    {
        switch request.operation {
        case .read, .list:
            ClientResponse(
                status: answer.status ?? 404, body: .errors([]), headers: answer.headers)
        default: ClientResponse(status: answer.status ?? 204, headers: answer.headers)
        }
    }

    /// An engine is a stranger: it gets no token made and no lease kept that its kind does not
    /// allow.
    func refuse(_ answer: BackendAnswer, _ mount: Mount?) -> BackendFailure? {
        guard answer.auth != nil else { return nil }
        if mount?.entry.kind != .auth {
            return BackendFailure(
                .internalError, "the engine returned a login, which only auth methods may")
        }
        if answer.lease != nil {
            return BackendFailure(
                .internalError, "the engine returned a login together with a lease")
        }
        return nil
    }

    func response(to request: ClientRequest, _ failure: BackendFailure) -> ClientResponse {
        var headers: [(name: String, value: String)] = []
        if let seconds = failure.retryAfterSeconds {
            headers.append(("Retry-After", String(seconds)))
        }
        let errors = failure.message.isEmpty ? [] : [failure.message]
        return ClientResponse(
            status: failure.code.httpStatus, body: .errors(errors, warnings: failure.warnings),
            headers: headers)
    }

    private static func shownType(_ mount: Mount) -> String { mount.entry.type }
}

/// Endpoints older than the envelope: their data also stand beside its members.
enum TopLevelData {
    static let paths = PathSet([
        "sys/audit", "sys/audit-hash/*", "sys/auth", "sys/auth/*", "sys/config/cors",
        "sys/config/auditing/request-headers", "sys/config/auditing/request-headers/*",
        "sys/capabilities", "sys/capabilities-accessor", "sys/capabilities-self",
        "sys/ha-status", "sys/key-status", "sys/mounts", "sys/mounts/*", "sys/policy",
        "sys/policy/*", "sys/rekey/backup", "sys/rekey/recovery-key-backup", "sys/remount",
        "sys/rotate", "sys/wrapping/wrap",
    ])
}
