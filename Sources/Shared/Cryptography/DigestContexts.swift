// Contexts for signatures over a digest that are ready with key and padding. To make one costs the
// library several look-ups under locks, a good part of what a short signature takes.

import COpenSSL
import Synchronization

/// A key's contexts that nobody uses at present. Each belongs to one thread at a time, which `run`
/// sees to.
final class DigestContexts: Sendable {
    struct Use: Hashable {
        let scheme: DigestScheme
        let isSigning: Bool
    }

    private struct Idle: @unchecked Sendable {
        var contexts: [(use: Use, context: OpaquePointer)] = []
    }

    private struct Taken: @unchecked Sendable {
        let context: OpaquePointer?
    }

    /// Salt lengths are the client's choice, so there is no bound on the uses.
    private static let maxIdle = 8

    private let idle = Mutex(Idle())

    deinit {
        idle.withLock { for one in $0.contexts { EVP_PKEY_CTX_free(one.context) } }
    }

    /// Runs `body` with a context for the use; one that fails is not used again.
    func run<Value>(
        _ use: Use, _ key: EVPKey, _ body: (OpaquePointer) throws(CryptoError) -> Value
    ) throws(CryptoError) -> Value {
        let known = take(use)
        let context = if let known { known } else { try Self.make(use, key) }
        do throws(CryptoError) {
            let value = try body(context)
            giveBack(context, use)
            return value
        } catch {
            EVP_PKEY_CTX_free(context)
            throw error
        }
    }

    private func take(_ use: Use) -> OpaquePointer? {
        idle.withLock { idle in
            guard let place = idle.contexts.lastIndex(where: { $0.use == use }) else {
                return Taken(context: nil)
            }
            return Taken(context: idle.contexts.remove(at: place).context)
        }.context
    }

    private func giveBack(_ context: OpaquePointer, _ use: Use) {
        let given = Taken(context: context)
        let surplus = idle.withLock { idle in
            guard let context = given.context else { return Taken(context: nil) }
            idle.contexts.append((use, context))
            guard idle.contexts.count > Self.maxIdle else { return Taken(context: nil) }
            return Taken(context: idle.contexts.removeFirst().context)
        }
        EVP_PKEY_CTX_free(surplus.context)
    }

    private static func make(_ use: Use, _ key: EVPKey) throws(CryptoError) -> OpaquePointer {
        guard use.scheme.suits(key.kind) else {
            throw CryptoError(
                .unsuitableKey, "the signature scheme is not one for this kind of key")
        }
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, key.pointer, nil) else {
            throw EVPKey.libraryFailure
        }
        let start = use.isSigning ? EVP_PKEY_sign_init : EVP_PKEY_verify_init
        guard start(context) == 1, use.scheme.configure(context, isSigning: use.isSigning) else {
            EVP_PKEY_CTX_free(context)
            throw EVPKey.libraryFailure
        }
        return context
    }
}
