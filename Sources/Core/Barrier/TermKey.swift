// One key of the keyring, ready to be used from several threads at once.

import Cryptography
import Glibc
import Synchronization

final class TermKey: Sendable {
    /// Contexts that may be in use at one time; a further thread makes one for the occasion.
    static let slotCount = 8

    let term: UInt32
    let installedAtUnixSeconds: UInt64
    let key: SecretBytes
    /// Encryptions so far, counting from what was persisted.
    let encryptions: Atomic<UInt64>
    /// Up to where `encryptions` is persisted, or about to be.
    let reserved: Atomic<UInt64>
    /// By how much `encryptions` is above the truth, since it went on from a persisted count.
    let ahead = Atomic<UInt64>(0)
    private let slots: [CipherSlot]

    init(term: UInt32, installedAtUnixSeconds: UInt64, key: SecretBytes, encryptions: UInt64 = 0) {
        self.term = term
        self.installedAtUnixSeconds = installedAtUnixSeconds
        self.key = key
        self.encryptions = Atomic(encryptions)
        reserved = Atomic(encryptions)
        slots = (0..<Self.slotCount).map { _ in CipherSlot() }
    }

    /// For people: what was really encrypted, but for what a crash forgot.
    var estimatedEncryptions: UInt64 {
        let (encryptions, ahead) = (
            encryptions.load(ordering: .relaxed), ahead.load(ordering: .relaxed)
        )
        return encryptions > ahead ? encryptions - ahead : 0
    }

    static func fresh(term: UInt32) -> TermKey {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return TermKey(
            term: term, installedAtUnixSeconds: UInt64(max(now.tv_sec, 0)),
            key: SecretBytes(random: AES256GCM.keyByteCount))
    }

    /// A context is only ever used by the thread that won its slot. Each thread begins its search
    /// at a slot of its own, so as a rule the first try wins.
    func withCipher<Value>(
        _ body: (AES256GCM) throws(CryptoError) -> Value
    ) throws(CryptoError) -> Value {
        let mixed = UInt64(pthread_self()) &* 0x9E37_79B9_7F4A_7C15
        let start = Int(mixed >> 61)
        for offset in 0..<Self.slotCount {
            let slot = slots[(start + offset) % Self.slotCount]
            guard slot.tryTake() else { continue }
            defer { slot.giveBack() }
            return try body(slot.cipher(for: key))
        }
        return try body(AES256GCM(key: key))
    }
}

/// A context and the flag that says whether a thread has it.
private final class CipherSlot: @unchecked Sendable {
    // Unchecked: `cached` is touched between `tryTake` and `giveBack` only.
    private let isTaken = Atomic<Bool>(false)
    private var cached: AES256GCM?

    @inline(__always)
    func tryTake() -> Bool {
        guard !isTaken.load(ordering: .relaxed) else { return false }
        return isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring)
            .exchanged
    }

    @inline(__always)
    func giveBack() { isTaken.store(false, ordering: .releasing) }

    func cipher(for key: SecretBytes) throws(CryptoError) -> AES256GCM {
        if let cached { return cached }
        let made = try AES256GCM(key: key)
        cached = made
        return made
    }
}
