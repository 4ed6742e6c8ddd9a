// One run of `coffer debug`: asks on time, keeps the answers, and notes what failed.

import Glibc
import JSON

actor DebugSession {
    private static let maxLogBytes = 32 << 20

    private let client: APIClient
    private let plan: DebugPlan
    private let console: any Console
    private let started: String
    private var entries: [DebugTarget: [JSONValue]] = [:]
    private var log: [UInt8] = []
    private var errors: [JSONValue] = []

    init(client: APIClient, plan: DebugPlan, console: any Console, started: String) {
        self.client = client
        self.plan = plan
        self.console = console
        self.started = started
    }

    /// The files of the output: name and content.
    func run() async throws -> [(name: String, bytes: [UInt8])] {
        let watching = plan.targets.contains(.log) ? Task { await self.watchLog() } : nil
        let clock = ContinuousClock()
        let start = clock.now
        let end = start.advanced(by: .milliseconds(plan.durationMilliseconds))
        var due = Dictionary(
            uniqueKeysWithValues: plan.targets.filter { $0 != .log }.map { ($0, start) })
        while clock.now < end, !Interruption.isAsked {
            for target in plan.targets {
                guard let time = due[target], time <= clock.now else { continue }
                await gather(target)
                let step = plan.milliseconds(target)
                due[target] = step == .max ? nil : time.advanced(by: .milliseconds(step))
            }
            let next = min(due.values.min() ?? end, end)
            // Short sleeps, so that an interrupt is noticed.
            let pause = min(clock.now.duration(to: next), .milliseconds(200))
            if pause > .zero { try await Task.sleep(for: pause) }
        }
        watching?.cancel()
        return files()
    }

    private func gather(_ target: DebugTarget) async {
        let time = DebugClock.now
        console.printLine("\(time) gathering \(target.rawValue)")
        var entry = JSONObject([("timestamp", .string(time))])
        for (member, path) in target.endpoints {
            do {
                var object = try await client.object(.get(path))
                // The envelope around it says nothing.
                if let data = object["data"]?.objectValue, object["request_id"] != nil {
                    object = data
                }
                if member.isEmpty {
                    for (key, value) in object.members where entry[key] == nil {
                        entry[key] = value
                    }
                } else {
                    entry[member] = .object(object)
                }
            } catch {
                note(target, time, "\(error)")
            }
        }
        entries[target, default: []].append(.object(entry))
    }

    private func note(_ target: DebugTarget, _ time: String, _ message: String) {
        errors.append([
            "timestamp": .string(time), "target": .string(target.rawValue),
            "error": .string(message),
        ])
    }

    private func watchLog() async {
        let query = [
            (name: "log_level", value: "debug"), (name: "log_format", value: plan.logFormat),
        ]
        let (lines, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        let client = client
        let reading = Task {
            defer { continuation.finish() }
            try await client.stream(.get("sys/monitor", query: query)) { continuation.yield($0) }
        }
        for await bytes in lines {
            if log.count + bytes.count <= Self.maxLogBytes { log += bytes }
        }
        if !Task.isCancelled, case .failure(let error) = await reading.result {
            note(.log, DebugClock.now, "\(error)")
        }
        reading.cancel()
    }

    private func files() -> [(name: String, bytes: [UInt8])] {
        var files: [(name: String, bytes: [UInt8])] = []
        for target in plan.targets {
            if target == .log {
                files.append((target.fileName, log))
            } else if let found = entries[target] {
                files.append(
                    (
                        target.fileName,
                        JSONValue.array(found).encoded(pretty: true, sortedKeys: false)
                    ))
            }
        }
        let names = (files.map(\.name) + ["index.json"]).map { JSONValue.string($0) }
        let index: JSONValue = [
            "version": 1, "address": .string(client.settings.address.baseText),
            "client_version": .string(Version.number), "timestamp": .string(started),
            "duration_seconds": .number(JSONNumber(plan.durationMilliseconds / 1000)),
            "interval_seconds": .number(JSONNumber(plan.intervalMilliseconds / 1000)),
            "metrics_interval_seconds": .number(JSONNumber(plan.metricsMilliseconds / 1000)),
            "compress": true, "targets": .array(plan.targets.map { .string($0.rawValue) }),
            "output": ["files": .array(names)], "errors": .array(errors),
        ]
        files.append(("index.json", index.encoded(pretty: true, sortedKeys: false)))
        return files
    }
}

/// The time as file names and entries have it.
enum DebugClock {
    static var now: String {
        var seconds = time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(
            decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
