// `coffer server -dev`: in memory, unsealed, with something to try.

internal import Cryptography
internal import Glibc
internal import Kernel

/// What a development server tells the person who started it.
struct DevMode: Sendable {
    let rootToken: String
    let unsealKey: String

    /// Initialises and unseals an empty server and mounts the engine to try.
    static func prepare(_ core: Core, _ options: DaemonOptions) async throws(StartError) -> DevMode
    {
        do throws(BackendFailure) {
            let result = try await core.initialize(
                shares: 1, threshold: 1, rootToken: options.devRootToken ?? "")
            let token = String(decoding: result.rootToken.exposedBytes(), as: UTF8.self)
            for share in result.shares { try await core.unseal(share: share) }
            if let mount = options.devMount {
                try await core.mountEngine(
                    type: mount.type, path: mount.path, description: mount.description,
                    options: mount.options)
            }
            if let file = options.devTokenFile { storeToken(token, file) }
            let share = result.shares.first?.exposedBytes() ?? []
            return DevMode(rootToken: token, unsealKey: Base64.encode(share))
        } catch { throw StartError(error.message) }
    }

    private static func storeToken(_ token: String, _ path: String) {
        // The name is taken first and the content follows, so that nobody reads a token from a file
        // open to all.
        let temporary = path + ".new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        let bytes = Array(token.utf8)
        let isWritten =
            bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == bytes.count
        close(descriptor)
        if !isWritten || rename(temporary, path) != 0 { unlink(temporary) }
    }
}
