// What the person who starts a server sees.

internal import HTTPAPI
internal import Kernel

struct Announcement {
    let configuration: ServerConfiguration
    let addresses: [HTTPAPI.ListenerAddress]
    let dev: DevMode?
    /// How the command line is called in the examples.
    let program: String

    func print() {
        var lines = ["==> Coffer server configuration:", ""]
        let api = configuration.apiAddress ?? url
        if let api { lines.append(row("Api Address", api)) }
        for address in addresses { lines.append(row("Listener", "\(address)")) }
        lines.append(row("Storage", configuration.storage.typeName))
        lines.append(row("Version", "Coffer v\(CofferVersion.text)"))
        if let dev { lines += devLines(dev) }
        lines += ["", "==> Coffer server started! Log data will stream in below:", ""]
        StandardOutput.print(lines.joined(separator: "\n"))
    }

    private func row(_ name: String, _ value: String) -> String {
        String(repeating: " ", count: max(0, 24 - name.count)) + name + ": " + value
    }

    /// The first TCP listener as a URL.
    var url: String? {
        for (index, address) in addresses.enumerated() {
            guard case .tcp = address else { continue }
            let hasTLS =
                if index < configuration.listeners.count,
                    case .tcp(let listener) = configuration.listeners[index]
                { listener.tls != nil } else { false }
            return (hasTLS ? "https://" : "http://") + "\(address)"
        }
        return nil
    }

    private func devLines(_ dev: DevMode) -> [String] {
        [
            "",
            "WARNING! Dev mode is enabled: everything is in memory and gone when the server ends,",
            "it starts unsealed, and it speaks plain HTTP. Never use it for real secrets.",
            "",
            "Unseal Key: \(dev.unsealKey)",
            "Root Token: \(dev.rootToken)",
            "",
            "Try it from another terminal:",
            "",
            "    export COFFER_ADDR='\(url ?? "")' COFFER_TOKEN='\(dev.rootToken)'",
            "    \(program) kv put secret/hello target=world",
            "    \(program) kv get secret/hello",
        ]
    }
}
