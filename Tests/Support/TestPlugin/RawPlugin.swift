// A plugin without the SDK: it greets and mounts as it should and then breaks whichever rule the
// request's path names.

import Glibc
import PluginSDK
import Wire

struct RawPlugin: Sendable {
    var promises: PluginType
    var staysForever = false

    func serve() -> Never {
        let lanes = Int32(String(cString: getenv("COFFER_PLUGIN_LANES"))) ?? 1
        for lane in 1..<max(lanes, 1) where lanes > 1 {
            let box = Unmanaged.passRetained(LaneBox(plugin: self, descriptor: 3 + lane))
            var thread = pthread_t()
            pthread_create(
                &thread, nil,
                { context in
                    guard let context else { return nil }
                    let lane = Unmanaged<LaneBox>.fromOpaque(context).takeRetainedValue()
                    lane.plugin.serve(lane.descriptor)
                }, box.toOpaque())
        }
        serve(3)
    }

    fileprivate func serve(_ descriptor: Int32) -> Never {
        var decoder = FrameDecoder()
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        var lane = RawLane(descriptor: descriptor, promises: promises)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count <= 0 {
                // The stubborn one stays even when the core has closed the connection.
                while staysForever { pause() }
                exit(0)
            }
            buffer.withUnsafeBytes {
                decoder.append(UnsafeRawBufferPointer(rebasing: $0[..<count]))
            }
            while let (call, message) = (try? decoder.nextMessage()) ?? nil {
                lane.receive(message, call)
            }
        }
    }
}

private final class LaneBox {
    let plugin: RawPlugin
    let descriptor: Int32

    init(plugin: RawPlugin, descriptor: Int32) {
        self.plugin = plugin
        self.descriptor = descriptor
    }
}

private struct RawLane {
    let descriptor: Int32
    let promises: PluginType
    var nextStorageCall: UInt64 = 2
    /// The request that waits for a storage reply.
    var waiting: UInt64?
    /// The request that was not answered, to be written for after its end.
    var late: (call: UInt64, mount: MountID)?

    mutating func receive(_ message: Message, _ call: UInt64) {
        switch message {
        case .hello:
            send(
                .helloReply(HelloReply(name: "raw", version: "0.1", type: promises)), 0)
        case .mount: send(.mountReply(MountReply(routes: [])), call)
        case .unmount: send(.unmountReply(UnmountReply()), call)
        case .request(let request): serve(request, call)
        case .storageReply(let reply):
            guard let call = waiting else { return }
            answer(call, "\(reply)")
            waiting = nil
        case .cancel:
            // Too late: the client was told that it failed.
            if let late, late.call == call {
                store(
                    late.mount, parent: call,
                    .commit(StorageCommit(puts: [StoragePut(key: Array("late".utf8), value: [1])])))
            }
        default: break
        }
    }

    private mutating func serve(_ request: EngineRequest, _ call: UInt64) {
        switch String(decoding: request.path, as: UTF8.self) {
        case "silent": break
        case "late": late = (call, request.mount)
        case "die": exit(7)
        case "garbage": writeAll([UInt8](repeating: 0xA5, count: 4096))
        case "huge": writeAll([0, 0, 0, 0x40, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
        // A header that announces 2 GiB, and as many bytes as the core will take.
        case "endless":
            writeAll([0, 0, 0, 0x80, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
            while true { writeAll([UInt8](repeating: 0x5A, count: 1 << 20)) }
        // Never reads again.
        case "deaf": while true { pause() }
        case "unknown-call": send(.response(EngineResponse()), 999_999)
        case "twice":
            answer(call, "once")
            answer(call, "twice")
        case "wrong-kind": send(.mountReply(MountReply()), call)
        case "foreign":
            waiting = call
            store(MountID(high: 1, low: 2), parent: call, .get([Array("data/x".utf8)]))
        case let path where path.hasPrefix("foreign/"):
            waiting = call
            let digits = path.dropFirst("foreign/".count).filter { $0 != "-" }
            let id = MountID(
                high: UInt64(digits.prefix(16), radix: 16) ?? 0,
                low: UInt64(digits.suffix(16), radix: 16) ?? 0)
            store(id, parent: call, .get([Array("data/x".utf8)]))
        case "escape":
            waiting = call
            store(request.mount, parent: call, .get([Array("../other/x".utf8)]))
        case "ended-parent":
            waiting = call
            store(request.mount, parent: call + 2_000, .get([Array("data/x".utf8)]))
        case "goodbye":
            send(.close(Close(reason: .goingAway, message: "tired")), 0)
        default: answer(call, "unknown path")
        }
    }

    private mutating func store(_ mount: MountID, parent: UInt64, _ action: StorageAction) {
        send(
            .storage(StorageRequest(mount: mount, parentCall: parent, action: action)),
            nextStorageCall)
        nextStorageCall += 2
    }

    private func answer(_ call: UInt64, _ text: String) {
        let plain = text.filter { $0 != "\"" && $0 != "\\" }
        send(.response(EngineResponse(data: Array("{\"said\":\"\(plain)\"}".utf8))), call)
    }

    private func send(_ message: Message, _ call: UInt64) {
        var bytes: [UInt8] = []
        message.encode(call: call, into: &bytes)
        writeAll(bytes)
    }

    private func writeAll(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }
}
