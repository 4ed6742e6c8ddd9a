// The token and the certificate that Kubernetes puts into every pod, should the server run in one.
// They are rotated, so they are read for every use.

import Glibc
import PluginSDK

struct PodFiles: Sendable {
    /// Another folder can be given where the plugin's entry in the catalog gives it an environment.
    private static let folderVariable = "KUBERNETES_SERVICE_ACCOUNT_FOLDER"
    private static let usualFolder = "/var/run/secrets/kubernetes.io/serviceaccount"

    let folder: String

    static let ofThisProcess: PodFiles = {
        let given = getenv(folderVariable).map { String(cString: $0) } ?? ""
        return PodFiles(folder: given.isEmpty ? usualFolder : given)
    }()

    /// `nil` outside a pod.
    var token: String? {
        guard let bytes = read("token") else { return nil }
        let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        return text.isEmpty ? nil : text
    }

    var authorities: [UInt8]? { read("ca.crt") }

    private func read(_ name: String) -> [UInt8]? {
        let path = folder + "/" + name
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            if errno != ENOENT {
                Log.warn("a file of the pod cannot be read", ["path": path, "errno": "\(errno)"])
            }
            return nil
        }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: Limits.podFileBytes + 1)
        var count = 0
        while count < bytes.count {
            let read = bytes.withUnsafeMutableBytes {
                Glibc.read(file, $0.baseAddress.map { $0 + count }, $0.count - count)
            }
            if read < 0 && errno == EINTR { continue }
            guard read >= 0 else { return nil }
            if read == 0 { break }
            count += read
        }
        guard count > 0, count <= Limits.podFileBytes else { return nil }
        return Array(bytes.prefix(count))
    }
}
