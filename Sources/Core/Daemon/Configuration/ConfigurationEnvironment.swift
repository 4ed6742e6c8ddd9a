// Environment variables that override what the files say. COFFER_X counts before VAULT_X.

extension ServerConfiguration {
    mutating func apply(environment: [String: String], problems: ProblemLog) {
        let reader = EnvironmentReader(environment: environment, problems: problems)
        if let url = reader.url("API_ADDR") { apiAddress = url }
        if let url = reader.url("CLUSTER_ADDR") { clusterAddress = url }
        if let level = reader.word("LOG_LEVEL", LogConfiguration.Level.aliases) {
            log.level = level
        }
        if let format: LogConfiguration.Format = reader.word("LOG_FORMAT") { log.format = format }
        if let flag = reader.bool("UI") { isUIEnabled = flag }
        if let flag = reader.bool("DISABLE_MLOCK") { isMlockDisabled = flag }
        if let flag = reader.bool("RAW_STORAGE_ENDPOINT") { isRawStorageEndpointEnabled = flag }
    }
}

private struct EnvironmentReader {
    let environment: [String: String]
    let problems: ProblemLog

    func url(_ name: String) -> String? {
        read(name, "a full URL, such as \"https://10.0.0.1:8200\"") {
            ConfigurationValues.isURL($0) ? $0 : nil
        }
    }

    func bool(_ name: String) -> Bool? {
        read(name, "true or false") { ConfigurationValues.bool($0) }
    }

    func word<Word: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ aliases: [String: Word] = [:]
    ) -> Word? {
        let words = Word.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        return read(name, "one of \(words)") {
            aliases[$0.lowercased()] ?? Word(rawValue: $0.lowercased())
        }
    }

    /// An empty variable is as good as none.
    private func read<Value>(
        _ name: String, _ expected: String, _ convert: (String) -> Value?
    ) -> Value? {
        for variable in ["COFFER_" + name, "VAULT_" + name] {
            guard let text = environment[variable], !text.isEmpty else { continue }
            if let value = convert(text) { return value }
            problems.error("environment variable \(variable)", nil, "must be \(expected)")
            return nil
        }
        return nil
    }
}
