// All terms of a barrier and the root key above them: an immutable snapshot that readers share.

import Cryptography

final class Keyring: Sendable {
    let terms: [UInt32: TermKey]
    let active: TermKey
    let rootKey: SecretBytes
    /// Of the stored record that this snapshot is the content of.
    let revision: UInt64

    init(terms: [UInt32: TermKey], active: TermKey, rootKey: SecretBytes, revision: UInt64) {
        self.terms = terms
        self.active = active
        self.rootKey = rootKey
        self.revision = revision
    }

    /// The keyring of a new barrier.
    static func initial(rootKey: SecretBytes) -> Keyring {
        let first = TermKey.fresh(term: 1)
        return Keyring(terms: [1: first], active: first, rootKey: rootKey, revision: 0)
    }

    /// Nil when the terms are used up.
    func addingTerm() -> Keyring? {
        guard active.term < .max else { return nil }
        let next = TermKey.fresh(term: active.term + 1)
        var terms = terms
        terms[next.term] = next
        return Keyring(terms: terms, active: next, rootKey: rootKey, revision: revision)
    }

    func under(rootKey: SecretBytes) -> Keyring {
        Keyring(terms: terms, active: active, rootKey: rootKey, revision: revision)
    }

    func stored(at revision: UInt64) -> Keyring {
        Keyring(terms: terms, active: active, rootKey: rootKey, revision: revision)
    }

    // Layout of the record's content: number of terms (4 bytes, big endian), then for each in
    // ascending order term (4), time of installation in seconds since 1970 (8), key (32). The last
    // is the active one.
    private static let termBytes = 4 + 8 + AES256GCM.keyByteCount

    /// The record as it is stored, encrypted by the root key.
    func sealedRecord() throws(BarrierError) -> [UInt8] {
        var content: [UInt8] = []
        content.reserveCapacity(4 + terms.count * Self.termBytes)
        content.appendBigEndian(UInt32(terms.count))
        for term in terms.values.sorted(by: { $0.term < $1.term }) {
            content.appendBigEndian(term.term)
            content.appendBigEndian(term.installedAtUnixSeconds)
            term.key.withUnsafeBytes { content.append(contentsOf: $0) }
        }
        defer { zero(&content) }
        return try SealedRecord.seal(content, name: .keyring, under: rootKey)
    }

    static func open(
        _ record: [UInt8], rootKey: SecretBytes, revision: UInt64
    ) throws(BarrierError) -> Keyring {
        var content = try SealedRecord.open(record, name: .keyring, under: rootKey)
        defer { zero(&content) }
        var terms: [UInt32: TermKey] = [:]
        var active: TermKey?
        var rest = content[...]
        let count = rest.takeBigEndian(UInt32.self) ?? 0
        while let id = rest.takeBigEndian(UInt32.self),
            let installed = rest.takeBigEndian(UInt64.self),
            rest.count >= AES256GCM.keyByteCount
        {
            let bytes = rest.prefix(AES256GCM.keyByteCount)
            let key = bytes.withUnsafeBytes { SecretBytes(copying: $0, locked: true) }
            rest = rest.dropFirst(AES256GCM.keyByteCount)
            let term = TermKey(term: id, installedAtUnixSeconds: installed, key: key)
            guard id > active?.term ?? 0 else { break }
            terms[id] = term
            active = term
        }
        guard let active, rest.isEmpty, terms.count == Int(count) else {
            throw .corrupted("the keyring is damaged", ReservedName.keyring.rawValue)
        }
        return Keyring(terms: terms, active: active, rootKey: rootKey, revision: revision)
    }
}

extension [UInt8] {
    mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}

extension ArraySlice<UInt8> {
    mutating func takeBigEndian<Value: FixedWidthInteger & UnsignedInteger>(
        _ type: Value.Type
    ) -> Value? {
        let size = Value.bitWidth / 8
        guard count >= size else { return nil }
        defer { self = dropFirst(size) }
        return prefix(size).reduce(0) { $0 << 8 | Value($1) }
    }
}
