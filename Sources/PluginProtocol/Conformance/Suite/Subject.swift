// What is tested: a program, how it is started, and how it is mounted.

import Glibc

public struct Subject: Sendable, Equatable {
    /// The first argument of its process.
    public var name: String
    public var file: String
    /// Further arguments, and `NAME=value` lines, as a catalog entry would give them.
    public var arguments: [String]
    public var environment: [String]
    /// The mount's options.
    public var options: [String: String]
    /// How long the plugin may take for anything. Only a defect ever takes this long, so the time
    /// is generous: it has to be enough on a machine that builds at the same time.
    public var patienceSeconds: Int
    /// All waits of a case end by then.
    private var end: Deadline?

    public init(
        file: String, name: String? = nil, arguments: [String] = [], environment: [String] = [],
        options: [String: String] = [:], patienceSeconds: Int = 20
    ) {
        self.file = file
        self.name = name ?? String(file.split(separator: "/").last ?? "plugin")
        self.arguments = arguments
        self.environment = environment
        self.options = options
        self.patienceSeconds = patienceSeconds
    }

    /// Why the file cannot be started as a plugin; nil if nothing speaks against it.
    public var problem: String? {
        var status = stat()
        guard stat(file, &status) == 0 else { return String(cString: strerror(errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else { return "not a regular file" }
        return access(file, R_OK | X_OK) == 0 ? nil : "not a file that you may read and execute"
    }

    var inACase: Subject {
        var copy = self
        copy.end = Deadline(seconds: 6 * patienceSeconds)
        return copy
    }

    /// For one wait that begins now.
    var deadline: Deadline {
        let own = Deadline(seconds: patienceSeconds)
        return end.map { own.orEarlier($0) } ?? own
    }

    public static func == (a: Subject, b: Subject) -> Bool {
        a.name == b.name && a.file == b.file && a.arguments == b.arguments
            && a.environment == b.environment && a.options == b.options
    }
}
