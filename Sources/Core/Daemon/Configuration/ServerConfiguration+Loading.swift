// The ways to a configuration: from files on disk, or from texts.

extension ServerConfiguration {
    public enum Mode: Sendable, Hashable {
        case server
        /// Storage and listeners may be missing; they are then in memory and the caller's business.
        case development
    }

    /// Reads every file and folder in the given order.
    public static func load(
        paths: [String], environment: [String: String], mode: Mode = .server
    ) throws(ConfigurationError) -> ServerConfiguration {
        let problems = ProblemLog()
        let texts = ConfigurationFiles.read(paths, problems: problems)
        // What is missing in files that cannot be read is not known.
        guard problems.errors.isEmpty else { throw ConfigurationError(problems: problems.errors) }
        return try parse(texts, environment: environment, mode: mode)
    }

    public static func parse(
        _ texts: [ConfigurationText], environment: [String: String], mode: Mode = .server
    ) throws(ConfigurationError) -> ServerConfiguration {
        var parser = ConfigurationParser()
        for text in texts { parser.read(text) }
        return try parser.finished(texts, environment: environment, mode: mode)
    }
}

extension ConfigurationParser {
    fileprivate mutating func finished(
        _ texts: [ConfigurationText], environment: [String: String], mode: ServerConfiguration.Mode
    ) throws(ConfigurationError) -> ServerConfiguration {
        finish(mode, source: texts.last?.name ?? "configuration")
        var configuration = configuration
        configuration.apply(environment: environment, problems: problems)
        guard problems.errors.isEmpty else { throw ConfigurationError(problems: problems.errors) }
        return configuration
    }
}
