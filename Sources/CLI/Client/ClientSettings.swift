// How to reach the server and what every request carries, from flags and environment.

struct TLSSettings: Sendable, Equatable {
    var caCertificate: String?
    var caPath: String?
    var clientCertificate: String?
    var clientKey: String?
    var serverName: String?
    var skipVerify = false
}

struct ClientSettings: Sendable {
    static let defaultMaxRetries = 2
    static let defaultTimeoutMilliseconds = 60_000

    var address: ServerAddress
    var tls: TLSSettings
    var token: String?
    var namespace: String
    var headers: [(name: String, value: String)]
    var wrapTTL: String?
    var maxRetries = defaultMaxRetries
    var timeoutMilliseconds = defaultTimeoutMilliseconds
    var retryWaitMilliseconds = 1000

    /// For a server that this program started itself.
    init(address: String, token: String) throws(UsageError) {
        self.address = try ServerAddress(address)
        self.token = token
        tls = TLSSettings()
        namespace = ""
        headers = []
    }

    init(flags: FlagValues, environment: Environment) throws(UsageError) {
        address = try ServerAddress(flags.string(.address) ?? "")
        tls = TLSSettings(
            caCertificate: flags.string(.caCertificate).map(environment.expandingTilde),
            caPath: flags.string(.caPath).map(environment.expandingTilde),
            clientCertificate: flags.string(.clientCertificate).map(environment.expandingTilde),
            clientKey: flags.string(.clientKey).map(environment.expandingTilde),
            serverName: flags.string(.tlsServerName), skipVerify: flags.bool(.tlsSkipVerify))
        namespace = APIPath.sanitized(flags.string(.namespace) ?? "")
        headers = flags.pairs(.header).map { (name: $0.key.trimmed, value: $0.value.trimmed) }
        for header in headers {
            // Token, namespace and the like have flags of their own, which are checked.
            guard !header.name.lowercased().hasPrefix("x-vault-") else {
                throw UsageError("header names that begin with X-Vault- are for internal use only")
            }
        }
        wrapTTL = flags.duration(.wrapTTL).flatMap { $0.seconds > 0 ? $0.apiText : nil }

        if let (variable, value) = environment.setting("MAX_RETRIES") {
            guard let count = Int(value), (0...100).contains(count) else {
                throw UsageError("invalid value for \(variable): expected a number from 0 to 100")
            }
            maxRetries = count
        }
        if let (variable, value) = environment.setting("CLIENT_TIMEOUT") {
            guard let duration = GoDuration(value), duration.milliseconds > 0 else {
                throw UsageError("invalid value for \(variable): expected a duration such as 30s")
            }
            timeoutMilliseconds = duration.milliseconds
        }
    }
}
