// What an engine's author would write, with a few paths that tell about the process it runs in.

import Glibc
import JSON
import Paths
import PluginSDK

struct WellBehaved: Plugin {
    static let name = "test"
    static let version = "1.2.3"
    static var type: PluginType {
        CommandLine.arguments.first == "coffer-plugin-auth-test" ? .auth : .secret
    }

    func engine(for mount: MountConfiguration) throws -> Engine {
        if mount.options["refuse"] != nil {
            throw PluginError(.invalidRequest, "the option refuse is refused")
        }
        let option = mount.options["say"] ?? ""
        let leases = mount.options["folder"].map { Leasing(folder: $0) }
        let remembering = mount.options["remember"].map { _ in Remembering() }
        let logins = Self.type == .auth ? Logins() : nil
        return Engine(
            paths: (leases?.paths ?? []) + (remembering?.paths ?? []) + (logins?.paths ?? []) + [
                Path("echo", .update, help: "Says what it was told.") { request in
                    .answer(.json(request.data))
                },
                Self.headers,
                Path("say", .read, help: "Says its option.") { _ in
                    .answer(.data(.object(JSONObject([("say", .string(option))]))))
                },
                .keepingData, Self.counter, Self.process, Self.misbehave,
            ],
            leases: leases?.secrets ?? [],
            unauthenticated: ["say"] + (logins == nil ? [] : ["login/*", "login"]),
            sudo: ["process"],
            initialize: { _ in
                var batch = WriteBatch()
                batch.put("initialised", Array("yes".utf8))
                return .answer(.none, writing: batch)
            }, renewLogin: logins?.renew, invalidate: remembering?.forget)
    }

    private static let headers = Path(
        "headers", .read, help: "Says and sends back what headers it got."
    ) { request in
        let seen = JSONValue.object(
            JSONObject(request.headers.map { ($0.name, .string($0.value)) }))
        return .answer(Answer(data: seen.encoded(), headers: request.headers))
    }

    /// Adds one: loses no count, however many ask at once.
    private static let counter = Path("counter", .update, help: "Counts.") { _ in
        .read(["counter"]) { entries in
            let before = entries["counter"].flatMap { Int(String(decoding: $0, as: UTF8.self)) }
            let count = (before ?? 0) + 1
            var batch = WriteBatch()
            batch.put("counter", Array(String(count).utf8))
            return .answer(
                .data(.object(JSONObject([("count", .number(JSONNumber(count)))]))), writing: batch)
        }
    }

    private static let process = Path("process", .read, help: "Tells about its process.") { _ in
        var core = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &core)
        var environment: [JSONValue] = []
        var next = environ
        while let entry = next.pointee {
            environment.append(.string(String(cString: entry)))
            next += 1
        }
        var descriptors: [JSONValue] = []
        for number in Int32(0)..<4096 where fcntl(number, F_GETFD) >= 0 {
            descriptors.append(.number(JSONNumber(Int(number))))
        }
        var mask = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &mask)
        return .answer(
            .data(
                .object(
                    JSONObject([
                        ("pid", .number(JSONNumber(Int(getpid())))),
                        ("session", .number(JSONNumber(Int(getsid(0))))),
                        ("noNewPrivileges", .bool(hasNoNewPrivileges)),
                        ("coreBytes", .number(JSONNumber(Int(core.rlim_max)))),
                        ("environment", .array(environment)),
                        ("descriptors", .array(descriptors)),
                        ("interruptBlocked", .bool(sigismember(&mask, SIGINT) == 1)),
                    ]))))
    }

    private static var hasNoNewPrivileges: Bool {
        guard let file = fopen("/proc/self/status", "r") else { return false }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(
                decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if text.hasPrefix("NoNewPrivs:") { return text.contains("1") }
        }
        return false
    }

    private static let misbehave = Path("misbehave/:how", .update, help: "Is a nuisance.") {
        request in
        switch request.captures["how"] {
        case "exit": exit(7)
        case "crash": abort()
        case "hang":
            Log.info("hanging")
            while true { pause() }
        case "flood":
            let line = Array("{\"@level\":\"info\",\"@message\":\"flood\"}\n".utf8)
            for _ in 0..<5_000 { _ = write(STDERR_FILENO, line, line.count) }
            return .answer(.none)
        case "shout":
            let text = "plain \u{1B}[31mtext hvs.CAESIJabcdefghijklmnopqrstuvwx end\n"
            _ = write(STDERR_FILENO, text, text.utf8.count)
            Log.warn("structured", ["key": "value", "plugin": "somebody else"])
            return .answer(.none)
        case "not-json": return .answer(.json(Array("{\"a\":".utf8)))
        case "array": return .answer(.json(Array("[1]".utf8)))
        case "status": return .answer(Answer(status: 101))
        case "login": return .answer(.auth(AuthGrant(policies: ["admin"])))
        case "header":
            return .answer(
                Answer(headers: [TextPair("location", "/x\r\nset-cookie: a=b")]))
        default: throw PluginError(.invalidRequest, "no such nuisance")
        }
    }
}
