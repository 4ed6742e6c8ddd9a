// The two records above the keyring's level: the keyring under the root key, and the root key under
// the unseal key. They have an entry's layout, with term 0.

import Cryptography

enum SealedRecord {
    static func seal(
        _ content: [UInt8], name: ReservedName, under key: SecretBytes
    ) throws(BarrierError) -> [UInt8] {
        do throws(CryptoError) {
            return try EntryLayout.seal(
                content, key: name.rawValue, term: EntryLayout.noTerm, with: AES256GCM(key: key))
        } catch {
            throw keyError(error)
        }
    }

    static func open(
        _ record: [UInt8], name: ReservedName, under key: SecretBytes
    ) throws(BarrierError) -> [UInt8] {
        guard try EntryLayout.term(of: record, key: name.rawValue) == EntryLayout.noTerm else {
            throw .corrupted("a record of the barrier is damaged", name.rawValue)
        }
        do throws(CryptoError) {
            return try EntryLayout.open(record, key: name.rawValue, with: AES256GCM(key: key))
        } catch {
            throw keyError(error)
        }
    }

    private static func keyError(_ error: CryptoError) -> BarrierError {
        switch error.code {
        case .authenticationFailed, .invalidKeyLength: .wrongKey
        default: BarrierError(error)
        }
    }
}
