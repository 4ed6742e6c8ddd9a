// Whether landlock refused a file: it leaves no word of it, so the rules are looked at once more.
// This decides about lines of the log and nothing else, and waits for no disk and no other server.

internal import CProcess
internal import Glibc

struct FileJudge: Sendable {
    struct Rule: Sendable {
        /// Without symbolic links, split at slashes.
        var path: [Substring]
        var access: FileAccess
    }

    var rules: [Rule] = []
    /// What the kernel's landlock knows of.
    var handled: FileAccess

    init(version: Int) { handled = FileAccess.handled(version: version) }

    mutating func allow(_ access: FileAccess, below path: String) {
        rules.append(Rule(path: path.split(separator: "/"), access: access))
    }

    /// The same for one process, which may read what /proc says of it.
    func with(ownProcess pid: Int32) -> FileJudge {
        var judge = self
        judge.allow(.read, below: "/proc/\(pid)")
        return judge
    }

    /// The access that the rules give to a path without symbolic links.
    func access(to path: String) -> FileAccess {
        let parts = path.split(separator: "/")
        return rules.reduce(into: FileAccess()) { access, rule in
            if parts.starts(with: rule.path) { access.formUnion(rule.access) }
        }
    }

    func refuses(_ needed: FileAccess, at path: String) -> Bool {
        !access(to: path).isSuperset(of: needed.intersection(handled))
    }

    enum Verdict: Equatable {
        case letPass
        case refused(String)
        /// Nothing of that name is at hand: it is not there, or the kernel has not looked yet.
        case unseen
    }

    /// Whether landlock refused the file, and where it is. To be asked when the kernel has gone on
    /// with the call: what it found is at hand then.
    func verdict(_ call: FileCall, at start: String) -> Verdict {
        let descriptor = coffer_open_cached(start)
        guard descriptor >= 0 else {
            switch -descriptor {
            case ENOENT, ENOTDIR: return call.makesFiles ? newFile(start) : .letPass
            case EAGAIN:
                if call.makesFiles { return newFile(start) }
                return judged(call, start, isFolder: false) == .letPass ? .letPass : .unseen
            // Through a link of /proc, or a kernel that has no such question: by its name.
            default: return judged(call, start, isFolder: false)
            }
        }
        defer { close(descriptor) }
        guard let path = ProcessLinks.target(of: descriptor) else { return .letPass }
        return judged(call, path, isFolder: FileRuleset.isFolder(descriptor))
    }

    private func judged(_ call: FileCall, _ path: String, isFolder: Bool) -> Verdict {
        guard let needed = call.access(isFolder: isFolder) else { return .letPass }
        return refuses(needed, at: path) ? .refused(path) : .letPass
    }

    /// What is not there was refused only if it was to be made.
    private func newFile(_ path: String) -> Verdict {
        let parts = path.split(separator: "/")
        let descriptor = coffer_open_cached("/" + parts.dropLast().joined(separator: "/"))
        guard descriptor >= 0 else { return -descriptor == EAGAIN ? .unseen : .letPass }
        defer { close(descriptor) }
        guard let folder = ProcessLinks.target(of: descriptor), refuses(.makeFile, at: folder)
        else { return .letPass }
        return .refused((folder == "/" ? "" : folder) + "/" + (parts.last ?? ""))
    }
}
