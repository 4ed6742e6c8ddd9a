// A key in memory: the ring and what was made out of its versions. It is not changed; a change
// makes another one, and this one's secrets are erased when the last request lets go of it.

import Clock
import Cryptography
import PluginSDK
import Synchronization

final class LoadedKey: Sendable {
    /// Names this state of the key; see `StorageKey`.
    let mark: [UInt8]
    let ring: KeyRing
    private let versions: [VersionKeys]
    /// Encryptions since their number was stored.
    private let unsavedUses = Atomic(0)
    /// When it was stored last.
    private let secondOfSave = Atomic(Int64.min)

    /// `uses` is how often each version has encrypted.
    init(mark: [UInt8], ring: KeyRing, uses: [Int: Int] = [:]) {
        self.mark = mark
        self.ring = ring
        versions = ring.numberedVersions.map {
            VersionKeys(ring.type, $0.version, uses: uses[$0.number] ?? 0)
        }
    }

    var type: KeyType { ring.type }

    func keys(_ number: Int) throws(PluginError) -> VersionKeys {
        let place = number - ring.firstVersion
        guard versions.indices.contains(place) else {
            throw PluginError(.invalidRequest, "there is no version \(number) of the key")
        }
        return versions[place]
    }

    // MARK: How often it has encrypted

    /// Counts an encryption with the version, which must come before it.
    func count(_ keys: VersionKeys) throws(PluginError) {
        guard ring.countsUses else { return }
        try keys.countUse()
        unsavedUses.add(1, ordering: .relaxed)
    }

    /// What is to be stored, if it is time for it. The caller stores it: it is not asked for twice.
    ///
    /// Once in a second at most: saves of one entry go one after the other, and a key that is used
    /// a million times a second would let requests stand in line for them.
    func usesToSave(_ now: Timestamp) -> [Int: Int]? {
        guard unsavedUses.load(ordering: .relaxed) >= Limits.usesBetweenSaves,
            secondOfSave.exchange(now.seconds, ordering: .relaxed) != now.seconds
        else { return nil }
        unsavedUses.store(0, ordering: .relaxed)
        var uses: [Int: Int] = [:]
        for (place, keys) in versions.enumerated() where keys.useCount > 0 {
            uses[ring.firstVersion + place] = keys.useCount
        }
        return uses
    }

    /// Whether a new version is to be made before the key is used.
    func isRotationDue(_ now: Timestamp) -> Bool {
        let isSpent =
            ring.countsUses && (versions.last?.useCount ?? 0) >= Limits.usesBeforeRotation
        return ring.isRotationDue(now) || isSpent && ring.canRotate
    }
}
