// Which files a plugin's process can open: its own, its libraries, and what its entry declares.

internal import CProcess
internal import Glibc

enum FileRules {
    /// `libraries`: the folders of the server's own libraries, which plugins built with the same
    /// tools need too. What the plugin's file itself says of folders is not believed: it would let
    /// the plugin choose what it may read.
    static func rules(
        _ profile: SandboxProfile, interpreter: [String], libraries: [String]
    ) -> [FileRule] {
        var rules = (systemLibraries + libraries).map { FileRule(path: $0, access: .run) }
        rules += [
            FileRule(path: "/etc/ld.so.cache", access: .readFile),
            FileRule(path: "/etc/localtime", access: .readFile),
            FileRule(path: "/usr/share/zoneinfo", access: .read),
            FileRule(path: "/usr/lib/locale", access: .read),
            FileRule(path: "/etc/ssl/openssl.cnf", access: .readFile),
            FileRule(path: "/dev/null", access: [.readFile, .writeFile]),
            FileRule(path: "/dev/urandom", access: .readFile),
            FileRule(path: "/dev/random", access: .readFile),
            // How many processors there are; the C library asks more telling files otherwise.
            FileRule(path: "/sys/devices/system/cpu/possible", access: .readFile),
            FileRule(path: "/sys/devices/system/cpu/online", access: .readFile),
        ]
        if !interpreter.isEmpty {
            rules += interpreter.map { FileRule(path: $0, access: [.readFile, .execute]) }
            rules += ["/usr/lib", "/usr/local/lib", "/usr/share"].map {
                FileRule(path: $0, access: .run)
            }
        }
        if profile.allowsNetwork { rules += names.map { FileRule(path: $0, access: .read) } }
        rules += profile.readablePaths.map {
            FileRule(path: $0, access: .run, isRequired: !profile.pathsMayBeMissing)
        }
        rules += profile.writablePaths.map {
            FileRule(path: $0, access: .change, isRequired: !profile.pathsMayBeMissing)
        }
        return rules
    }

    /// Where Debian, Fedora and Alpine keep what the loader needs, and the loader itself.
    private static let systemLibraries: [String] = {
        #if arch(arm64)
            let machine = "aarch64-linux-gnu"
            let loaders = ["/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-aarch64.so.1"]
        #else
            let machine = "x86_64-linux-gnu"
            let loaders = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"]
        #endif
        let folders = [
            "/lib64", "/usr/lib64", "/lib/\(machine)", "/usr/lib/\(machine)", "/usr/local/lib",
        ]
        return loaders + folders
    }()

    /// How names become addresses, and whom to trust.
    private static let names = [
        "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf",
        "/etc/services", "/etc/protocols", "/etc/ssl/certs", "/etc/pki/tls/certs",
        "/etc/ca-certificates", "/usr/share/ca-certificates",
    ]

    /// The folders of the libraries that the server has loaded.
    static let serverLibraries: [String] = {
        final class Folders { var found: Set<String> = [] }
        let folders = Folders()
        coffer_loaded_libraries(
            { path, context in
                guard let path, let context else { return }
                let bytes = Array(String(cString: path).utf8)
                guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")), slash > 0 else { return }
                Unmanaged<Folders>.fromOpaque(context).takeUnretainedValue().found.insert(
                    String(decoding: bytes[..<slash], as: UTF8.self))
            }, Unmanaged.passUnretained(folders).toOpaque())
        return folders.found.sorted()
    }()

    /// What a script's first line asks for. `/usr/bin/env` finds the program by its name.
    static func interpreter(ofFirstLine line: String) -> [String] {
        guard line.hasPrefix("#!") else { return [] }
        let words = line.dropFirst(2).split(separator: " ").map(String.init)
        guard let first = words.first, first.hasPrefix("/") else { return [] }
        guard first.hasSuffix("/env"), words.count > 1 else { return [first] }
        // Options of env's begin with a dash.
        let name = words.dropFirst().first { !$0.hasPrefix("-") } ?? ""
        guard !name.isEmpty, !name.contains("/") else { return [first] }
        return [first] + ["/usr/local/bin/", "/usr/bin/", "/bin/"].map { $0 + name }
    }
}
