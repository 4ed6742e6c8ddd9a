// What is wrong with a configuration, or worth a warning: always with its place, never with a
// value, because configuration files hold credentials and messages end up in logs.

public import HCL

public struct ConfigurationProblem: Sendable, Equatable {
    /// The file as it was named, or the environment variable.
    public let source: String
    public let position: HCLPosition?
    public let message: String

    public init(source: String, position: HCLPosition? = nil, _ message: String) {
        self.source = source
        self.position = position
        self.message = message
    }
}

extension ConfigurationProblem: CustomStringConvertible {
    /// `file:line:column: message`, which editors can jump to.
    public var description: String {
        position.map { "\(source):\($0): \(message)" } ?? "\(source): \(message)"
    }
}

/// All that keeps a configuration from being used, not only the first thing.
public struct ConfigurationError: Error, Sendable, Equatable {
    public let problems: [ConfigurationProblem]

    public init(problems: [ConfigurationProblem]) {
        self.problems = problems
    }
}

extension ConfigurationError: CustomStringConvertible {
    public var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}

/// Collects while the configuration is read, and gives out what it has in the order of the texts.
final class ProblemLog {
    private var foundErrors: [ConfigurationProblem] = []
    private var foundWarnings: [ConfigurationProblem] = []

    var errors: [ConfigurationProblem] { Self.sorted(foundErrors) }
    var warnings: [ConfigurationProblem] { Self.sorted(foundWarnings) }

    func error(_ source: String, _ position: HCLPosition?, _ message: String) {
        foundErrors.append(
            ConfigurationProblem(source: source, position: position, message))
    }

    func warning(_ source: String, _ position: HCLPosition?, _ message: String) {
        foundWarnings.append(
            ConfigurationProblem(source: source, position: position, message))
    }

    /// Source by source as they came up, each from top to bottom, and last what is about it as a
    /// whole.
    private static func sorted(_ problems: [ConfigurationProblem]) -> [ConfigurationProblem] {
        var sources: [String] = []
        for problem in problems where !sources.contains(problem.source) {
            sources.append(problem.source)
        }
        return sources.flatMap { source in
            problems.filter { $0.source == source }.sorted { one, other in
                let end = HCLPosition(line: .max, column: .max)
                let first = one.position ?? end
                let second = other.position ?? end
                return (first.line, first.column) < (second.line, second.column)
            }
        }
    }
}
