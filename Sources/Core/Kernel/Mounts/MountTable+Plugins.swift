// Mounts that get another version of their plugin, or the same one anew.

internal import Barrier
internal import Logging

extension MountTable {
    /// Makes a mount's engine one that serves the changed entry, or throws and has changed nothing.
    /// Called with the lock held.
    func hand(_ new: Mount, to old: Mount) async throws(BackendFailure) {
        guard !old.isBuiltIn else { return }
        let description = try describe(new.entry)
        guard new.entry.pluginVersion != old.entry.pluginVersion else {
            return try await backend(of: old).reconfigure(description)
        }
        guard let backend = old.backend else {
            // The version that it had may be the very one that does not start.
            let launcher = launcher
            _ = try await old.backend { () async throws(BackendFailure) in
                try await launcher.open(description)
            }
            return
        }
        try await replace(backend, of: new, with: description, fallingBackTo: old.entry)
    }

    /// Runs a mount's plugin anew: the version that the catalog gives it now. Nothing happens to a
    /// mount that nobody has used yet.
    func reload(_ route: String) async throws(BackendFailure) -> Bool {
        try await changes.withLock { () async throws(BackendFailure) in
            guard let mount = self.router.value[route], !mount.isBuiltIn,
                let backend = mount.backend
            else { return false }
            try await self.replace(
                backend, of: mount, with: try self.describe(mount.entry),
                fallingBackTo: mount.entry)
            return true
        }
    }

    private func replace(
        _ backend: any Backend, of mount: Mount, with description: BackendMount,
        fallingBackTo old: MountEntry
    ) async throws(BackendFailure) {
        let new = mount.entry
        mount.upgradeFailure = nil
        do throws(BackendFailure) {
            try await backend.replace(for: description) { [weak self] reason in
                guard let self else { return }
                Task { await self.rolledBack(new, to: old, reason) }
            }
        } catch {
            let running = backend.running?.shownVersion ?? ""
            let failure =
                "the new program for \(new.plugin.label) did not take the mount over: "
                + "\(error.message). The mount goes on with version \(running)"
            mount.upgradeFailure = failure
            logger.warning("\(failure)", metadata: ["path": "\(new.route)"])
            throw BackendFailure(.invalidRequest, failure)
        }
    }

    /// The new program ended in its first seconds, and the old one serves again: the mount asks for
    /// that from now on.
    private func rolledBack(_ new: MountEntry, to old: MountEntry, _ reason: String) async {
        let failure =
            "the new program for \(new.plugin.label) was given up: \(reason). The mount goes on "
            + "with what it had before"
        logger.warning(
            "\(failure)",
            metadata: [
                "path": "\(new.route)", "version": "\(new.pluginVersion)",
                "running": "\(old.pluginVersion)",
            ])
        do throws(BackendFailure) {
            try await changes.withLock { () async throws(BackendFailure) in
                guard let mount = self.router.value[id: new.id] else { return }
                mount.upgradeFailure = failure
                guard mount.entry.pluginVersion == new.pluginVersion,
                    mount.entry.pluginVersion != old.pluginVersion
                else { return }
                var entry = mount.entry
                entry.pluginVersion = old.pluginVersion
                let back = mount.with(entry: entry)
                try await self.barrier.put(
                    self.entryKey(back), entry.encoded(), growth: .unbounded)
                self.router.store(self.router.value.removing(mount.entry.route).adding(back))
            }
        } catch {
            logger.error(
                "the mount's plugin version could not be set back: \(error.message)",
                metadata: ["path": "\(new.route)"])
        }
    }
}

extension RunningPlugin {
    /// As the catalog calls it; else what the plugin says, in the form of the catalog.
    var shownVersion: String {
        if let program, !program.version.isEmpty { return program.version }
        let said = PluginVersion(parsing: version)?.text ?? version
        return program == nil ? said + "+builtin" : said
    }
}

extension PluginProgram {
    /// Whether a plugin that says this version of itself can be this entry's. What is no semantic
    /// version says nothing.
    public func fits(saidVersion: String) -> Bool {
        guard !version.isEmpty, let said = PluginVersion(parsing: saidVersion),
            let registered = PluginVersion(parsing: version)
        else { return true }
        return said.isSameRelease(as: registered)
    }
}
