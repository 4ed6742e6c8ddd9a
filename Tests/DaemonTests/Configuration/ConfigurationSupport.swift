// Short forms for tests about configuration.

@testable import Daemon

/// What every server needs, so that a test can say only what it is about.
let minimalConfiguration = """
    storage "inmem" {}
    listener "tcp" { tls_disable = true }

    """

func configuration(_ text: String, environment: [String: String] = [:]) throws
    -> ServerConfiguration
{
    try ServerConfiguration.parse(
        [ConfigurationText(name: "coffer.hcl", text: text)], environment: environment)
}

/// The problems, one a line, as they are printed; empty if there are none.
func problems(_ text: String, environment: [String: String] = [:]) -> [String] {
    do {
        _ = try configuration(text, environment: environment)
        return []
    } catch {
        return (error as? ConfigurationError)?.problems.map(\.description) ?? ["\(error)"]
    }
}
