// What the core asks an engine for itself, such as its listener's certificate: the way of a
// client's request from the record on, without a token to look at.

internal import Clock
internal import Cryptography
internal import Metrics
internal import Paths

/// The configuration, not a policy, says that the core may ask this.
public struct OwnRequest: Sendable {
    /// Without slashes at its ends; empty is the root namespace.
    public var namespace: String
    /// With the mount's.
    public var path: String
    /// A JSON object.
    public var data: [UInt8]
    /// What the audit log calls whoever asks.
    public var purpose: String

    public init(namespace: String, path: String, data: [UInt8], purpose: String) {
        self.namespace = namespace
        self.path = path
        self.data = data
        self.purpose = purpose
    }
}

extension RequestPipeline {
    /// Writes to the path of a secrets engine's mount, and gives the data of the answer.
    ///
    /// What is not recorded does not run and is not returned; an answer with a lease is refused and
    /// undone, since nobody's token would end it.
    public func ask(_ own: OwnRequest) async throws(BackendFailure) -> [UInt8] {
        let admitted = try await admit(own)
        core.figures.requestsBegun.increment()
        let response = await withCheckedContinuation { continuation in
            let exchange = Exchange(
                subject: admitted.subject, countedUse: nil, times: admitted.times
            ) { continuation.resume(returning: $0) }
            recordThenCall(admitted, exchange)
        }
        switch response.body {
        case .envelope(let envelope):
            if response.status == 200, let data = envelope.data { return data }
        case .errors(let errors, _):
            if !errors.isEmpty {
                throw BackendFailure(.upstreamFailed, errors.joined(separator: "; "))
            }
        default: break
        }
        throw BackendFailure(.upstreamFailed, "the engine's answer has no data")
    }

    private func admit(_ own: OwnRequest) async throws(BackendFailure) -> Admitted {
        let active = try core.activeState()
        var request = ClientRequest(
            operation: .update, path: own.path, namespace: own.namespace, data: own.data,
            maxSeconds: KernelLimits.ownRequestSeconds)
        let node: NamespaceNode
        do throws(BackendFailure) {
            (node, request) = try active.namespaces.place(request)
        } catch {
            throw BackendFailure(.notFound, "there is no namespace \"\(own.namespace)\"")
        }
        let state = try await active.namespaces.state(of: node)
        if let lock = node.lockedBy { try checkLock(lock, request) }
        // The core's own engines ask who calls, and that would be nobody.
        guard let (mount, rest) = state.mounts.route(request.path), !mount.isBuiltIn,
            mount.entry.kind == .secret
        else {
            throw BackendFailure(
                .unsupportedPath, "there is no secrets engine mounted at \"\(own.path)\"")
        }
        let backend = try await state.mounts.backend(of: mount)
        let subject = RequestSubject(
            request, operation: request.operation, state: state, mount: mount,
            purpose: own.purpose, trace: core.audit.isRecording ? AuditTrace() : nil)
        let now = MonotonicClock.nowNanoseconds
        var times = RequestTimes(startedNanoseconds: now)
        times.admittedNanoseconds = now
        return Admitted(
            request: engineRequest(
                request, .update, Target(mount, rest, backend), nil, state, now: now),
            backend: backend, subject: subject, times: times)
    }
}
