// What handlers read from storage, decoded. Errors name the kind of entry, and nothing of what is
// in it.

import PluginSDK

extension Entries {
    func secret(_ path: String) throws(PluginError) -> Secret? {
        guard let record = self[StorageKey.secret(path)] else { return nil }
        do { return try Secret(record: record) } catch { throw error.failure(of: "secret") }
    }

    /// The data of an older version, which may be gone although the metadata name it: the secret
    /// changed between the two reads.
    func data(ofVersion number: UInt64, of path: String) throws(PluginError) -> ArraySlice<UInt8>? {
        guard let record = self[StorageKey.version(number, of: path)] else { return nil }
        do { return try DataRecord.decode(record) } catch {
            throw error.failure(of: "version of the secret")
        }
    }

    func plainSecret(_ path: String) throws(PluginError) -> ArraySlice<UInt8>? {
        guard let record = self[StorageKey.plain(path)] else { return nil }
        do { return try DataRecord.decode(record) } catch { throw error.failure(of: "secret") }
    }

    func settings() throws(PluginError) -> EngineSettings {
        guard let record = self[StorageKey.settings] else { return EngineSettings() }
        do { return try EngineSettings(record: record) } catch {
            throw error.failure(of: "configuration")
        }
    }

    func upgradeState() throws(PluginError) -> UpgradeState? {
        guard let record = self[StorageKey.upgrade] else { return nil }
        do { return try UpgradeState(record: record) } catch {
            throw error.failure(of: "upgrade state")
        }
    }
}
