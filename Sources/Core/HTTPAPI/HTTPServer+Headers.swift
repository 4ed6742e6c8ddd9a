// What the core may ask about the listeners' headers.

public import Kernel

extension HTTPServer: ConfiguredHeaders {
    public func isConfigured(_ name: String) -> Bool {
        let name = name.lowercased()
        return customHeaderNames.contains(name)
    }
}
