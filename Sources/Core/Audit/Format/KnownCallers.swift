// What lines say about the callers seen last. A caller sends many requests, and its part of their
// lines, digests included, is the same each time.

internal import Cryptography

/// One caller's part of a request.
final class KnownCaller {
    /// Without the token itself.
    fileprivate let auth: EntryAuth
    /// The member `auth`, and those of `request` that name the token.
    let authMember: [UInt8]
    let tokenMembers: [UInt8]

    fileprivate init(auth: EntryAuth, authMember: [UInt8], tokenMembers: [UInt8]) {
        self.auth = auth
        self.authMember = authMember
        self.tokenMembers = tokenMembers
    }
}

/// A few callers, each in the one place that its token's name gives it. Used by one formatter: what
/// is kept depends on the device.
struct KnownCallers {
    private var places: [KnownCaller?]

    /// A device that logs raw keeps nobody: it would keep their tokens.
    init(_ format: LineFormat) {
        let count = format.isRaw ? 0 : AuditLimits.knownCallers
        places = Array(repeating: nil, count: count)
    }

    /// What was kept for a caller about whom everything is as it was then.
    func find(_ subject: AuditSubject) -> KnownCaller? {
        guard let place = place(of: subject), let known = places[place],
            known.auth.says(theSameAs: subject.auth)
        else { return nil }
        return known
    }

    mutating func keep(_ authMember: [UInt8], _ tokenMembers: [UInt8], of subject: AuditSubject) {
        guard let place = place(of: subject),
            authMember.count + tokenMembers.count <= AuditLimits.keptCallerBytes
        else { return }
        var auth = subject.auth
        auth.clientToken = nil
        places[place] = KnownCaller(
            auth: auth, authMember: authMember, tokenMembers: tokenMembers)
    }

    /// `nil` for a caller who has no name, or whose request names another token than `auth` does.
    private func place(of subject: AuditSubject) -> Int? {
        let (auth, request) = (subject.auth, subject.request)
        guard !places.isEmpty, let name = auth.tokenName, let token = auth.clientToken,
            request.clientToken === token,
            request.clientTokenAccessor.utf8.elementsEqual(auth.accessor.utf8)
        else { return nil }
        return Int(truncatingIfNeeded: name.words.0 % UInt64(places.count))
    }
}
