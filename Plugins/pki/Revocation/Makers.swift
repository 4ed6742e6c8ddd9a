// Who makes what many ask for. Anyone may ask for lists and answers, so however many do while
// something is made for them, one request makes it.

import Certificates

struct Makers: Sendable {
    private var begun: [String: CertificateTime] = [:]

    /// Whether the caller is the one. Whoever began and was never heard of again is not waited for.
    mutating func begin(_ name: String, _ now: CertificateTime) -> Bool {
        if let since = begun[name], since <= now,
            now < since.adding(seconds: Limits.listPatienceSeconds)
        {
            return false
        }
        begun[name] = now
        return true
    }

    mutating func end(_ name: String) { begun[name] = nil }
}
