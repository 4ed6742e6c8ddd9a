// What is known of one version of a secret, apart from its data.

import Clock

struct SecretVersion: Equatable, Sendable {
    var created: Timestamp
    /// When it was, or will be, deleted. Deleted data stay readable by `undelete`.
    var deletion: Timestamp?
    /// Its data are gone for good.
    var isDestroyed = false

    init(created: Timestamp, deletion: Timestamp? = nil, isDestroyed: Bool = false) {
        self.created = created
        self.deletion = deletion
        self.isDestroyed = isDestroyed
    }

    func isDeleted(at now: Timestamp) -> Bool {
        guard let deletion else { return false }
        return !(now < deletion)
    }

    /// Whether a reader may have the data.
    func isReadable(at now: Timestamp) -> Bool {
        !isDestroyed && !isDeleted(at: now)
    }
}
