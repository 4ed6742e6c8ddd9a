// A key in memory: the ring and what was made out of its versions. It is not changed; a change makes
// another one, and this one's secrets are erased when the last request lets go of it.

import Cryptography
import PluginSDK

final class LoadedKey: Sendable {
    /// Names this state of the key; see `StorageKey`.
    let mark: [UInt8]
    let ring: KeyRing
    private let versions: [VersionKeys]

    init(mark: [UInt8], ring: KeyRing) {
        self.mark = mark
        self.ring = ring
        versions = ring.versions.map { VersionKeys(ring.type, $0) }
    }

    var type: KeyType { ring.type }

    func keys(_ number: Int) throws(PluginError) -> VersionKeys {
        let place = number - ring.firstVersion
        guard versions.indices.contains(place) else {
            throw PluginError(.invalidRequest, "there is no version \(number) of the key")
        }
        return versions[place]
    }
}
