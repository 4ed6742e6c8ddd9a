// What a key is to be like, and its first version.

import Cryptography
import Paths
import PluginSDK

struct NewKey: Sendable {
    let type: KeyType
    var isDerived = false
    var isConvergent = false
    var isExportable = false
    var allowsPlaintextBackup = false
    var autoRotateSeconds = 0
    /// 0 is not said.
    var keyBytes = 0

    /// Checks what was asked for and goes on with the ring; a slow key is made on another thread.
    func make(
        _ request: Request, then: @escaping @Sendable (KeyRing) throws -> Outcome
    ) throws -> Outcome {
        try check()
        let make: @Sendable () throws -> Outcome = {
            try then(ring([try firstVersion(request)]))
        }
        return type.isSlow ? .work(make) : try make()
    }

    private func firstVersion(_ request: Request) throws(PluginError) -> KeyVersion {
        do throws(CryptoError) {
            return try KeyVersion.generate(
                type, keyBytes: keyBytes > 0 ? keyBytes : nil, isConvergent: isConvergent,
                now: request.now)
        } catch { throw .cryptographyFailed }
    }

    func ring(_ versions: [KeyVersion]) -> KeyRing {
        var ring = KeyRing(type: type, versions: versions)
        ring.isDerived = isDerived
        ring.isConvergent = isConvergent
        ring.isExportable = isExportable
        ring.allowsPlaintextBackup = allowsPlaintextBackup
        ring.autoRotateSeconds = Int64(autoRotateSeconds)
        return ring
    }

    func check() throws(PluginError) {
        if isConvergent, !isDerived {
            throw PluginError(
                .invalidRequest, "convergent encryption requires derivation to be enabled")
        }
        if isDerived, !type.supportsDerivation {
            throw PluginError(
                .invalidRequest, "key derivation not supported for keys of type \(type.name)")
        }
        if isConvergent, !type.supportsConvergence {
            throw PluginError(
                .invalidRequest,
                "convergent encryption not supported for keys of type \(type.name)")
        }
        if keyBytes != 0 {
            guard type == .hmac else {
                throw PluginError(
                    .invalidRequest, "key_size is not valid for algorithm \(type.name)")
            }
            guard Limits.hmacKeyBytes.contains(keyBytes) else {
                throw PluginError(
                    .invalidRequest,
                    "invalid key size: an HMAC key has \(Limits.hmacKeyBytes.lowerBound) to "
                        + "\(Limits.hmacKeyBytes.upperBound) bytes")
            }
        }
        try requireAutoRotatePeriod(autoRotateSeconds)
    }
}

func requireAutoRotatePeriod(_ seconds: Int) throws(PluginError) {
    if seconds != 0, seconds < Limits.minAutoRotateSeconds {
        throw PluginError(
            .invalidRequest, "auto rotate period must be 0 to disable or at least an hour")
    }
}

extension KeyType {
    init(field name: String?) throws(PluginError) {
        let name = name ?? ""
        guard let type = KeyType(name: name.isEmpty ? "aes256-gcm96" : name) else {
            let known = KeyType.allCases.map(\.name).joined(separator: ", ")
            throw PluginError(
                .invalidRequest, "unknown key type \(name.prefix(64)): there are \(known)")
        }
        self = type
    }
}
