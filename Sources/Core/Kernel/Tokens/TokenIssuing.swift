// Making a token: a checked wish becomes an entry and a secret.

internal import Barrier
internal import Cryptography

/// A token that was just made; the only time its secret is seen.
struct IssuedToken: Sendable {
    let secret: SecretBytes
    let entry: TokenEntry
    let warnings: [String]
    let origin: TokenOrigin
}

extension TokenStore {
    typealias Issued = @Sendable (Result<IssuedToken, BackendFailure>) -> Void

    /// Makes a token with `parent` as its parent, or none. A service token is stored before `then`
    /// hears of it, and not made at all if the parent ends meanwhile.
    func issue(
        _ request: TokenRequest, parent: ParentToken?, mount: MountLifetimes, now: Int64,
        then: @escaping Issued
    ) {
        do throws(BackendFailure) {
            let reference = parent?.reference(keptIn: namespace)
            let (entry, warnings) = try request.entry(parent: reference, mount: mount, now: now)
            switch request.kind {
            case .batch:
                let secret = try batch.seal(entry)
                created.count(entry, of: request.origin, in: namespace)
                then(
                    .success(
                        IssuedToken(
                            secret: secret, entry: entry, warnings: warnings,
                            origin: request.origin)))
            case .service:
                var entry = entry
                let secret: SecretBytes
                let suffix = namespace.idSuffix
                if request.id.isEmpty {
                    let number = SerialNumber.next()
                    secret = SecretBytes(utf8: TokenText.token(number) + suffix)
                    entry.accessor = TokenText.accessor(number) + suffix
                } else {
                    secret = SecretBytes(utf8: request.id + suffix)
                    entry.accessor = TokenText.plainAccessor() + suffix
                }
                let token = IssuedToken(
                    secret: secret, entry: entry, warnings: warnings, origin: request.origin)
                store(token, parent: parent, now: now, attempts: Self.storeAttempts, then)
            }
        } catch { then(.failure(error)) }
    }

    func issue(
        _ request: TokenRequest, parent: ParentToken?, mount: MountLifetimes, now: Int64
    ) async throws(BackendFailure) -> IssuedToken {
        let result: Result<IssuedToken, BackendFailure> = await withCheckedContinuation { waiting in
            issue(request, parent: parent, mount: mount, now: now) { waiting.resume(returning: $0) }
        }
        return try result.get()
    }

    private static let storeAttempts = 16

    private func store(
        _ token: IssuedToken, parent: ParentToken?, now: Int64, attempts: Int,
        _ then: @escaping Issued
    ) {
        let key = self.key(of: token.secret)
        barrier.commit(insertion(of: token.entry, key: key, parent: parent)) { result in
            guard case .failure(let error) = result else {
                self.created.count(token.entry, of: token.origin, in: self.namespace)
                return then(.success(token))
            }
            guard case .conflict(let conflicting) = error.code else {
                return then(.failure(BackendFailure(error)))
            }
            do throws(BackendFailure) {
                if conflicting == self.idPath(key) {
                    throw BackendFailure(
                        .invalidRequest, "cannot create a token with a duplicate ID")
                }
                guard let parent, attempts > 1 else { throw BackendFailure(error) }
                // The parent was renewed or used meanwhile and may still have children, or it has
                // ended and has none.
                let (home, key) = (parent.home, parent.token.key)
                home.cache.invalidate(key)
                guard let current = try home.findLive(key, now: now) else {
                    throw RequestPipeline.permissionDenied
                }
                let known = ParentToken(token: current, home: home)
                self.store(token, parent: known, now: now, attempts: attempts - 1, then)
            } catch { then(.failure(error)) }
        }
    }

    /// Takes one of a limited number of uses, exactly, however many ask at once. `nil` if none is
    /// left.
    ///
    /// The last use leaves `usesLeft` at -1: the request it is for still runs, and the token is
    /// revoked after it.
    func consumeUse(_ token: StoredToken, now: Int64) async throws(BackendFailure) -> StoredToken? {
        var current: StoredToken? = token
        while let token = current {
            var entry = token.entry
            entry.usesLeft = entry.usesLeft == 1 ? -1 : entry.usesLeft - 1
            if try await replace(token, with: entry) {
                return StoredToken(key: token.key, entry: entry, revision: token.revision)
            }
            current = try findLive(token.key, now: now)
        }
        return nil
    }
}
