// `storage "lmdb" { … }`, its old word `backend`, and `seal`.

import HCL

extension SectionReader {
    /// Whether the file says anything about storage, right or wrong.
    var namesStorage: Bool {
        !body.items(named: "storage").isEmpty || !body.items(named: "backend").isEmpty
    }

    func storage() -> StorageConfiguration? {
        let sections =
            sections("storage", labelCount: 1) + sections("backend", labelCount: 1)
        guard let section = sections.first else { return nil }
        if sections.count > 1 {
            error(at: sections[1].position, "storage is configured twice")
        }
        if let old = body.items(named: "backend").first {
            warning(at: old.position, "backend is the old word for storage")
        }
        let label = section.labels[0]
        switch label.text {
        case "inmem":
            reader(of: section, "storage").finish(foreignKeys: ForeignKeys.storage)
            return .inMemory
        case "lmdb":
            return lmdb(section)
        case "file":
            warning(
                at: label.position, "storage \"file\" is another name for storage \"lmdb\" here")
            return lmdb(section)
        case let name where ForeignKeys.storages.contains(name):
            error(
                at: label.position,
                "storage \"\(name)\" is not available yet; there are \"lmdb\" and \"inmem\"")
        default:
            error(at: label.position, "unknown storage; there are \"lmdb\" and \"inmem\"")
        }
        return nil
    }

    private func lmdb(_ section: HCLSection) -> StorageConfiguration? {
        let reader = reader(of: section, "storage")
        let path = reader.string("path")
        let range = ConfigurationLimits.minMapBytes...ConfigurationLimits.maxMapBytes
        let mapBytes = reader.bytes("map_size_bytes", in: range)
        let residentBytes = reader.bytes("map_resident_bytes", in: range)
        reader.finish(foreignKeys: ForeignKeys.storage)
        guard let path else {
            if section.body.items(named: "path").isEmpty {
                error(
                    at: section.position, "path is missing in storage \"\(section.labels[0].text)\""
                )
            }
            return nil
        }
        return .lmdb(
            path: path.value, mapBytes: mapBytes?.value, residentBytes: residentBytes?.value)
    }

    /// Shamir's is the seal that every server has, so its block says nothing.
    func checkSeals() {
        for section in sections("seal", labelCount: 1) {
            let label = section.labels[0]
            switch label.text {
            case "shamir":
                reader(of: section, "seal").finish()
            case let name where ForeignKeys.seals.contains(name):
                error(
                    at: label.position, "seal \"\(name)\" is not available yet; there is \"shamir\""
                )
            default:
                error(at: label.position, "unknown seal; there is \"shamir\"")
            }
        }
    }

    func reader(of section: HCLSection, _ name: String) -> SectionReader {
        let labels = section.labels.map { " \(Self.quoted($0.text))" }.joined()
        return SectionReader(
            section.body, source: source, place: name + labels, problems: problems)
    }
}
