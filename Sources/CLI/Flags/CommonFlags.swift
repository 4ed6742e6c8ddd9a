// The flags that many commands share, in the groups in which the help shows them.

extension Flag {
    static let address = Flag(
        "address", .string, "Address of the server: http://, https:// or unix:///path/to/socket.",
        environment: "ADDR", fallback: "https://127.0.0.1:8200")
    static let caCertificate = Flag(
        "ca-cert", .string,
        "Path to a PEM file with the certificate authority that signed the server's certificate. "
            + "It takes precedence over -ca-path.",
        placeholder: "path", environment: "CACERT")
    static let caPath = Flag(
        "ca-path", .string, "Path to a folder of PEM files with certificate authorities.",
        placeholder: "path", environment: "CAPATH")
    static let clientCertificate = Flag(
        "client-cert", .string,
        "Path to a PEM certificate to show to the server. Needs -client-key.",
        placeholder: "path", environment: "CLIENT_CERT")
    static let clientKey = Flag(
        "client-key", .string, "Path to the PEM private key of -client-cert.",
        placeholder: "path", environment: "CLIENT_KEY")
    static let tlsServerName = Flag(
        "tls-server-name", .string, "Name to expect in the server's certificate.",
        placeholder: "name", environment: "TLS_SERVER_NAME")
    static let tlsSkipVerify = Flag(
        "tls-skip-verify", .boolean,
        "Accept any certificate. Whoever sits between you and the server can then read your "
            + "secrets; use it for experiments only.",
        environment: "SKIP_VERIFY")
    static let namespace = Flag(
        "namespace", .string, "Namespace to work in.", aliases: ["ns"], environment: "NAMESPACE")
    static let header = Flag(
        "header", .pairs, "HTTP header to add to the request. May be given several times.")
    static let wrapTTL = Flag(
        "wrap-ttl", .duration,
        "Wrap the answer in a single-use token that lives this long. See \"coffer unwrap\".",
        environment: "WRAP_TTL")
    static let outputCurlString = Flag(
        "output-curl-string", .boolean, "Print the curl command for the request and do not send it."
    )
    static let nonInteractive = Flag(
        "non-interactive", .boolean, "Never prompt and never read from standard input.")

    static let http: [Flag] = [
        .address, .caCertificate, .caPath, .clientCertificate, .clientKey, .header, .namespace,
        .nonInteractive, .outputCurlString, .tlsServerName, .tlsSkipVerify, .wrapTTL,
    ]

    static let format = Flag(
        "format", .string, "How to print the answer: table, json or yaml; raw with \"read\".",
        placeholder: "format", environment: "FORMAT", fallback: "table",
        choices: ["table", "json", "yaml", "yml", "raw"])
    static let field = Flag(
        "field", .string, "Print only this field, without a line end unless on a terminal.",
        placeholder: "name")
    static let detailed = Flag("detailed", .boolean, "Print every detail that the server knows.")
    static let mount = Flag(
        "mount", .string,
        "Path at which the KV engine is mounted. With it, the argument is the secret's path inside "
            + "that mount; without it, the argument is mount and path together.",
        placeholder: "path")
    static let force = Flag(
        "force", .boolean, "Send the request without data.", aliases: ["f"])
}
