// Where a secret of the key-value engine is. The API's path differs by the engine's version
// (`secret/creds` is `secret/data/creds` in version 2), so the server is asked what is mounted.

import JSON

struct KVPath: Sendable, Equatable {
    /// The engine's mount, without a slash at its end.
    let mount: String
    let isVersion2: Bool
    /// The secret, below the mount.
    let secret: String
    /// The path as the user wrote it; version 1 without -mount uses it as it is.
    private let written: String

    /// The API's path for one of the sides of version 2: data, metadata, delete, undelete, destroy.
    func api(_ side: String) -> String {
        guard isVersion2 else { return written }
        return APIPath.join(mount, side, secret)
    }

    /// - Parameter mountFlag: what -mount says; then the argument is the path below the mount.
    init(_ argument: String, mountFlag: String?, answer: MountAnswer) {
        let path = APIPath.sanitized(argument)
        isVersion2 = answer.version == 2
        if let mountFlag {
            mount = answer.path.isEmpty ? APIPath.sanitized(mountFlag) : answer.path
            secret = path
            written = APIPath.join(mount, path)
        } else {
            (mount, secret) = Self.split(path, mount: answer.path)
            written = path
        }
    }

    /// Takes the mount off the path. The mount's path may begin with namespaces that the user's
    /// path leaves out.
    static func split(_ path: String, mount: String) -> (mount: String, secret: String) {
        var mount = APIPath.sanitized(mount)
        while !mount.isEmpty {
            if path == mount { return (mount, "") }
            if path.hasPrefix(mount + "/") {
                return (mount, String(path.dropFirst(mount.count + 1)))
            }
            guard let slash = mount.firstIndex(of: "/") else { break }
            mount = String(mount[mount.index(after: slash)...])
        }
        return (mount, path)
    }

    /// What sys/internal/ui/mounts/<path> says.
    struct MountAnswer: Sendable, Equatable {
        var path: String
        var version: Int

        init(path: String, version: Int) {
            self.path = APIPath.sanitized(path)
            self.version = version
        }

        init(_ data: JSONObject?) {
            let version = data?["options"]?["version"]
            let isVersion2 = version?.stringValue == "2" || version?.intValue == 2
            self.init(path: data?["path"]?.stringValue ?? "", version: isVersion2 ? 2 : 1)
        }
    }
}

extension Invocation {
    /// Asks the server what is mounted where the secret is.
    func kvPath(client: APIClient) async throws -> KVPath {
        let mountFlag = flags.string(.mount)
        let argument = arguments.first ?? ""
        let asked = APIPath.sanitized(mountFlag ?? argument)
        do {
            let secret = try await client.unseen.send(.get("sys/internal/ui/mounts/" + asked))
            return KVPath(argument, mountFlag: mountFlag, answer: .init(secret?.data))
        } catch let error as ServerError where error.status == 404 {
            // A server too old to be asked has version 1 only.
            return KVPath(argument, mountFlag: mountFlag, answer: .init(path: "", version: 1))
        } catch let error as ServerError {
            throw CommandError.server(error.description)
        } catch let error as TransportError {
            throw CommandError.server(error.description)
        }
    }

    /// The path in a version 2 engine, or the refusal.
    func kvPathVersion2(client: APIClient, _ what: String) async throws -> KVPath {
        let path = try await kvPath(client: client)
        guard path.isVersion2 else {
            throw CommandError.client("\(what) not supported on KV Version 1")
        }
        return path
    }

    /// `-versions=1,2 -versions=3`
    func versions(_ flag: Flag) throws(UsageError) -> [JSONValue] {
        var versions: [JSONValue] = []
        for text in flags.strings(flag).flatMap({ $0.split(separator: ",") }) {
            guard let number = Int(text.trimmed), number > 0 else {
                throw UsageError("invalid value for -\(flag.name): expected version numbers")
            }
            versions.append(.int(number))
        }
        return versions
    }
}

extension Flag {
    static let versions = Flag(
        "versions", .strings, "Numbers of the versions, separated by commas.",
        placeholder: "1,2,...")
}
